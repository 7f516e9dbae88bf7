import type { FaultKind } from './fault-kinds.ts'
import type { RunResult } from './run.ts'

/** What has been seen so far, over all sessions that were written down. */
export type ChaosRecord = {
  runs: number
  broken: number
  seconds: number
  images: number
  faults: Partial<Record<FaultKind, number>>
  last: { at: string; fromSeed: number; toSeed: number; runs: number; broken: number[]; median_s: number }
}

/** One line for one run. */
export function lineOf({ plan, ms, ends, offences, missed }: RunResult): string {
  const jobs = Object.entries(ends).map(([status, count]) => `${count} ${status}`)
  const verdict = offences.length === 0 ? 'ok' : `BROKEN (${offences.length})`
  const faults = plan.faults.map(({ kind }) => kind)
  const parts = [`${(ms / 1_000).toFixed(1)} s`, jobs.join(', '), faults.join(', ')]
  if (missed.length > 0) parts.push(`not met: ${missed.join(', ')}`)
  return `seed ${plan.seed} ${verdict} · ${parts.join(' · ')}`
}

/** The record with one more batch in it. `at` is the day of the batch, `before` null for the first one. */
export function addBatch(before: ChaosRecord | null, results: readonly RunResult[], at: string): ChaosRecord {
  const faults = { ...before?.faults }
  for (const { kind } of results.flatMap(({ plan }) => plan.faults)) faults[kind] = (faults[kind] ?? 0) + 1
  const seeds = results.map(({ plan }) => plan.seed)
  const broken = results.filter(({ offences }) => offences.length > 0).map(({ plan }) => plan.seed)
  const times = results.map(({ ms }) => ms / 1_000).toSorted((a, b) => a - b)
  const images = results.flatMap(({ ends }) => Object.values(ends)).reduce((sum, count) => sum + count, 0)
  return {
    runs: (before?.runs ?? 0) + results.length,
    broken: (before?.broken ?? 0) + broken.length,
    seconds: Math.round((before?.seconds ?? 0) + times.reduce((sum, one) => sum + one, 0)),
    images: (before?.images ?? 0) + images,
    faults,
    last: {
      at,
      fromSeed: Math.min(...seeds),
      toSeed: Math.max(...seeds),
      runs: results.length,
      broken,
      median_s: Number((times[times.length >> 1] ?? 0).toFixed(1)),
    },
  }
}

/** The part of the README that the command writes. */
export function tableOf(record: ChaosRecord): string {
  const { last } = record
  const kept = last.broken.length === 0 ? 'every promise kept' : `broken by seeds ${last.broken.join(', ')}`
  const faults = Object.entries(record.faults).toSorted(([a], [b]) => a.localeCompare(b))
  return [
    `**${record.runs} runs so far** with ${record.images} images and ${faults.reduce((sum, [, n]) => sum + n, 0)} faults;`,
    `${record.broken} broke a promise at the time. Last batch (${last.at}): seeds ${last.fromSeed} to ${last.toSeed},`,
    `${last.runs} runs, median ${last.median_s} s, ${kept}.`,
    '',
    '| fault | times |',
    '|---|---|',
    ...faults.map(([kind, times]) => `| ${kind} | ${times} |`),
  ].join('\n')
}
