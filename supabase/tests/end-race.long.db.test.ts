import { expect, test } from 'vitest'
import { cloneDatabase } from './database.ts'
import { raceFailAndComplete, raceSweepAndComplete } from './end-race.ts'
import { expectInvariants } from './invariants.ts'

test('D03 fail and complete in the same instant, 1,000 times: one end each, with its money', async () => {
  await using db = await cloneDatabase()

  expect([...(await raceFailAndComplete(db, 1_000))].toSorted()).toEqual(['failed', 'succeeded'])
  await expectInvariants(db)
})

test('D04 the sweep and a late complete in the same instant, 1,000 times: the fence decides, never both', async () => {
  await using db = await cloneDatabase()

  expect((await raceSweepAndComplete(db, 1_000)).size).toBeGreaterThan(0)
  await expectInvariants(db)
})
