import { afterAll, beforeAll, expect, it } from 'vitest'
import { startFakeBfl } from '#server/testing/bfl.ts'
import { createBflUsage } from './usage.ts'

let bfl: Awaited<ReturnType<typeof startFakeBfl>>
beforeAll(async () => {
  bfl = await startFakeBfl('bfl_secret')
})
afterAll(() => bfl[Symbol.asyncDispose]())

const reporter = (key = 'bfl_secret', base = bfl.url) => createBflUsage({ base, key })

it('a count that is taken is told', async () => {
  expect(await reporter().tell('flux-1-dev', 7)).toEqual({ outcome: 'told', problem: '' })
  expect(bfl.counted.get('flux-1-dev')).toBe(7)
})

it('a refusal is certainly not counted, and its problem is in words without the key', async () => {
  expect(await reporter('wrong').tell('flux-1-dev', 1)).toEqual({
    outcome: 'refused',
    problem: 'HTTP 403: Not authenticated',
  })
  expect(await reporter().tell('flux/../x', 1)).toEqual({
    outcome: 'refused',
    problem: 'HTTP 400: Model slug flux/../x is not supported for usage reporting',
  })
  expect(bfl.counted.get('flux-1-dev')).toBe(7)
})

it('nobody listening is certainly not counted', async () => {
  const gone = await startFakeBfl('bfl_secret')
  await gone[Symbol.asyncDispose]()

  expect(await reporter('bfl_secret', gone.url).tell('flux-1-dev', 1)).toEqual({
    outcome: 'refused',
    problem: 'ECONNREFUSED',
  })
})

it('an answer that was lost on the way leaves it unsure', async () => {
  bfl.state.mode = 'gateway'

  expect(await reporter().tell('flux-tools', 1)).toEqual({ outcome: 'unsure', problem: 'HTTP 504' })
  expect(bfl.counted.get('flux-tools')).toBe(1)
})
