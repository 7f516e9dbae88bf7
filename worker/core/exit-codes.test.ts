import { expect, it } from 'vitest'
import { afterWorker, exitCodes } from './exit-codes.ts'

it.each([
  ['stuck', exitCodes.stuck, { engine: 'restart', box: 'again' }],
  ['unfit', exitCodes.unfit, { engine: 'keep', box: 'down' }],
  ['refused, or broken at its start', exitCodes.revoked, { engine: 'keep', box: 'down' }],
  ['drained', exitCodes.drained, { engine: 'keep', box: 'down' }],
  ['killed', null, { engine: 'keep', box: 'again' }],
  ['a defect of its own', 134, { engine: 'keep', box: 'again' }],
])('a worker that ends %s says what becomes of ComfyUI and of the box', (_name, code, then) => {
  expect(afterWorker(code)).toEqual(then)
})
