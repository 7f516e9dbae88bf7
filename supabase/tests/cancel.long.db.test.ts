import { expect, test } from 'vitest'
import { raceCancelAndComplete } from './cancel-race.ts'
import { cloneDatabase } from './database.ts'
import { expectBalancedBooks } from './fixtures.ts'

test('cancel and complete in the same instant, 4,000 times: one outcome each, with its money', async () => {
  await using db = await cloneDatabase()

  const outcomes = await raceCancelAndComplete(db, 100)

  expect([...outcomes].toSorted()).toEqual(['canceled', 'succeeded'])
  await expectBalancedBooks(db)
})
