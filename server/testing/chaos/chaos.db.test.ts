import { expect, it } from 'vitest'
import { runBatch } from './batch.ts'
import { allKinds, specOf } from './fault-kinds.ts'
import type { RunResult } from './run.ts'

/** Two seeds whose faults are far apart: pages, lines, the database, engines, a box that writes after its lease. */
const from = { seed: 65, runs: 2, faults: 4 }

it('two seeds of four faults each break no promise of the whole studio', { timeout: 120_000 }, async () => {
  const results: RunResult[] = []
  await runBatch({
    fromSeed: from.seed,
    runs: from.runs,
    faults: from.faults,
    // A provider is two processes more, and so are boxes that are rented.
    only: allKinds.filter((kind) => specOf(kind).settings === undefined),
    signal: new AbortController().signal,
    onResult: (result) => results.push(result),
  })

  expect(results.map(({ plan, offences }) => ({ seed: plan.seed, offences }))).toEqual(
    Array.from({ length: from.runs }, (_, at) => ({ seed: from.seed + at, offences: [] })),
  )
})
