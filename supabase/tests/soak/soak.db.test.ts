import { expect, test } from 'vitest'
import { cloneDatabase } from '../database.ts'
import { soak } from './soak.ts'

test('D18 four hundred random calls with killed connections leave exact sums', async () => {
  await using db = await cloneDatabase()

  const figures = await soak(db, { seed: 20_261_123, operations: 400, lanes: 6, kills: 0.04 })

  expect(figures.killed).toBeGreaterThan(0)
  expect(figures.deadlocks).toBe(0)
})
