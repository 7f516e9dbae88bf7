import process from 'node:process'
import { expect, test } from 'vitest'
import { cloneDatabase } from '../database.ts'
import { soak } from './soak.ts'

test(
  'D18 a hundred thousand random calls with killed connections leave exact sums',
  async () => {
    await using db = await cloneDatabase()

    const figures = await soak(db, { seed: 4, operations: 100_000, lanes: 8, kills: 0.01 })

    process.stdout.write(`${JSON.stringify(figures)}\n`)
    expect(figures.operations).toBe(100_000)
    expect(figures.killed).toBeGreaterThan(500)
    expect(figures.deadlocks).toBe(0)
  },
  30 * 60_000,
)
