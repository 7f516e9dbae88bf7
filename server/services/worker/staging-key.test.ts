import { randomBytes } from 'node:crypto'
import { expect, it } from 'vitest'
import { isStagingKeyFor, stagingKeyFor } from './staging-key.ts'

const secret = 'a secret of the tests'
const slot = { worker: 'w', job: 'j', epoch: 1, name: 'output-0' }

it('belongs to one file of one attempt of one worker', () => {
  const key = stagingKeyFor(slot, randomBytes(8), secret)

  expect(key).toMatch(/^staging\/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
  expect(isStagingKeyFor(slot, key, secret)).toBe(true)
  for (const other of [{ worker: 'v' }, { job: 'k' }, { epoch: 2 }, { name: 'output-1' }]) {
    expect(isStagingKeyFor({ ...slot, ...other }, key, secret)).toBe(false)
  }
  expect(isStagingKeyFor(slot, key, 'another secret')).toBe(false)
})

it('is new every time it is asked for', () => {
  expect(stagingKeyFor(slot, randomBytes(8), secret)).not.toBe(stagingKeyFor(slot, randomBytes(8), secret))
})

it.each(['staging/00000000-0000-4000-8000-000000000000', 'inputs/x.png', '', 'staging/../inputs/x'])(
  'is not %s',
  (key) => {
    expect(isStagingKeyFor(slot, key, secret)).toBe(false)
  },
)
