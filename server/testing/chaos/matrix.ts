import { allKinds, type FaultKind, specOf } from './fault-kinds.ts'

/** A test that proves a row of the matrix on its own, where a second of chaos cannot: its file and a part of its name. */
type NamedTest = { file: string; name: string }

/** What every plan does anyway, whatever its faults: cancels at any moment, bursts, two boxes at one queue. */
const byLoad = new Set(['A16', 'A19', 'D18', 'G01'])

const byTest: Readonly<Record<string, readonly NamedTest[]>> = {
  A16: [{ file: 'supabase/tests/claim.db.test.ts', name: '8 claimers take 60 jobs with one claim each' }],
  A19: [{ file: 'supabase/tests/cancel.db.test.ts', name: 'cancel and complete in the same instant' }],
  B07: [{ file: 'supabase/tests/depth.db.test.ts', name: 'a claim touches as many pages behind 40,000 jobs' }],
  B08: [{ file: 'supabase/tests/paging.long.db.test.ts', name: 'B08 a page of jobs touches as many pages' }],
  B10: [{ file: 'shared/worker/version-before.test.ts', name: 'B10 a server takes the %s of a worker' }],
  C06: [
    { file: 'supabase/local/realtime/sockets.db.test.ts', name: 'a client over its message rate loses its channel' },
    { file: 'worker/control/realtime.test.ts', name: 'joins again after the server closed its channel' },
  ],
  D15: [{ file: 'supabase/tests/caps.db.test.ts', name: 'D15 of 200 presses at once' }],
  D16: [{ file: 'supabase/tests/caps.db.test.ts', name: 'D16 a provider takes over from a silent GPU' }],
  D17: [{ file: 'worker/replicate/replicate.test.ts', name: 'D17 errors between two looks are waited out' }],
  G02: [{ file: 'worker/jobs/many-jobs.long.test.ts', name: 'a hundred jobs of a few milliseconds each' }],
  G03: [{ file: 'supabase/tests/progress.db.test.ts', name: 'a report less than 200 ms after the last is ignored' }],
}

const range = (letter: string, from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, at) => `${letter}${String(from + at).padStart(2, '0')}`)

/** Every row that chaos answers for. */
export const matrixIds: readonly string[] = [
  ...range('A', 1, 20),
  ...range('B', 1, 10),
  ...range('C', 1, 10),
  ...range('D', 14, 18),
  'F10',
  ...range('G', 1, 3),
]

export type Cover = {
  id: string
  kinds: FaultKind[]
  byLoad: boolean
  tests: readonly NamedTest[]
}

/** Where each row of the matrix is proved. */
export function coverOf(id: string): Cover {
  return {
    id,
    kinds: allKinds.filter((kind) => specOf(kind).ids.includes(id)),
    byLoad: byLoad.has(id),
    tests: byTest[id] ?? [],
  }
}
