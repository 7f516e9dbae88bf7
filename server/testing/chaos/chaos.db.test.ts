import { expect, it } from 'vitest'
import { runBatch } from './batch.ts'
import { specOf, usualKinds } from './fault-kinds.ts'
import type { RunResult } from './run.ts'

/** Seeds whose faults are far apart: boxes and lines, the database, pages, storage. `npm run chaos` has all the others. */
const from = { seed: 7, runs: 3 }

it('three seeds of faults break no promise of the whole studio', { timeout: 120_000 }, async () => {
  const results: RunResult[] = []
  await runBatch({
    fromSeed: from.seed,
    runs: from.runs,
    // A provider is two processes more.
    only: usualKinds.filter((kind) => specOf(kind).settings === undefined),
    signal: new AbortController().signal,
    onResult: (result) => results.push(result),
  })

  expect(results.map(({ plan, offences }) => ({ seed: plan.seed, offences }))).toEqual(
    Array.from({ length: from.runs }, (_, at) => ({ seed: from.seed + at, offences: [] })),
  )
})
