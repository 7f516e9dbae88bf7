import type { RunResult } from './run.ts'

/** One line for one run. */
export function lineOf({ plan, ms, ends, offences }: RunResult): string {
  const jobs = Object.entries(ends).map(([status, count]) => `${count} ${status}`)
  const verdict = offences.length === 0 ? 'ok' : `BROKEN (${offences.length})`
  const faults = plan.faults.map(({ kind }) => kind)
  return `seed ${plan.seed} ${verdict} · ${(ms / 1_000).toFixed(1)} s · ${jobs.join(', ')} · ${faults.join(', ')}`
}
