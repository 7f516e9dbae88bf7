import type { FaultKind } from './fault-kinds.ts'
import type { RunResult } from './run.ts'

/** What has been seen so far, over all sessions that were written down. */
export type ChaosRecord = {
  runs: number
  broken: number
  /** Runs on a machine with little else to do: a page had 5 s and not a multiple of them. Older runs are not among them. */
  quiet?: number
  seconds: number
  images: number
  faults: Partial<Record<FaultKind, number>>
  last: {
    at: string
    fromSeed: number
    toSeed: number
    runs: number
    broken: number[]
    median_s: number
    /** Processor time of a run, all parts and the harness. */
    median_cpu_s?: number
  }
}

/** One line for one run. */
export function lineOf({ plan, ms, ends, offences, missed, patience }: RunResult): string {
  const jobs = Object.entries(ends).map(([status, count]) => `${count} ${status}`)
  const verdict = offences.length === 0 ? 'ok' : `BROKEN (${offences.length})`
  const faults = plan.faults.map(({ kind }) => kind)
  const parts = [`${(ms / 1_000).toFixed(1)} s`, jobs.join(', '), faults.join(', ')]
  if (patience > 1) parts.push(`given ${patience} times as long`)
  if (missed.length > 0) parts.push(`not met: ${missed.join(', ')}`)
  return `seed ${plan.seed} ${verdict} · ${parts.join(' · ')}`
}

/** A batch as far as it has come, and what of it the record does not hold yet. */
type Batch = { all: readonly RunResult[]; fresh: readonly RunResult[] }

const brokenOf = (results: readonly RunResult[]) =>
  results.filter(({ offences }) => offences.length > 0).map(({ plan }) => plan.seed)

/** To a tenth; 0 of nothing. */
function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return Number((sorted[sorted.length >> 1] ?? 0).toFixed(1))
}

/** The record with what is fresh of a batch added to it. `at` is the day, `before` null for the first one. */
export function addBatch(before: ChaosRecord | null, { all, fresh }: Batch, at: string): ChaosRecord {
  const faults = { ...before?.faults }
  for (const { kind } of fresh.flatMap(({ plan }) => plan.faults)) faults[kind] = (faults[kind] ?? 0) + 1
  const seeds = all.map(({ plan }) => plan.seed)
  const images = fresh.flatMap(({ ends }) => Object.values(ends)).reduce((sum, count) => sum + count, 0)
  const seconds = fresh.reduce((sum, { ms }) => sum + ms / 1_000, 0)
  return {
    runs: (before?.runs ?? 0) + fresh.length,
    broken: (before?.broken ?? 0) + brokenOf(fresh).length,
    quiet: (before?.quiet ?? 0) + fresh.filter(({ patience }) => patience === 1).length,
    seconds: Math.round((before?.seconds ?? 0) + seconds),
    images: (before?.images ?? 0) + images,
    faults,
    last: {
      at,
      fromSeed: Math.min(...seeds),
      toSeed: Math.max(...seeds),
      runs: all.length,
      broken: brokenOf(all),
      median_s: median(all.map(({ ms }) => ms / 1_000)),
      median_cpu_s: median(all.map(({ cpuSeconds }) => cpuSeconds)),
    },
  }
}

/** Where the time of a batch went, for whoever wants it quicker. */
export function timesOf(results: readonly RunResult[]): string {
  const names = ['renew', 'act', 'rest', 'check'] as const
  const phases = names.map((name) => {
    const ms = results.reduce((sum, { phases: all }) => sum + all[name], 0) / Math.max(1, results.length)
    return `${name} ${(ms / 1_000).toFixed(2)}`
  })
  const cpu = median(results.map(({ cpuSeconds }) => cpuSeconds))
  return `median ${median(results.map(({ ms }) => ms / 1_000))} s a run, ${cpu} s of processor time; mean seconds: ${phases.join(', ')}`
}

/** The part of the README that the command writes. */
export function tableOf(record: ChaosRecord): string {
  const faults = Object.entries(record.faults).toSorted(([a], [b]) => a.localeCompare(b))
  return [
    sentenceOf(record),
    '',
    '| fault | times |',
    '|---|---|',
    ...faults.map(([kind, times]) => `| ${kind} | ${times} |`),
  ].join('\n')
}

/** The same in two sentences. */
export function sentenceOf({ runs, quiet = 0, images, broken, faults, last }: ChaosRecord): string {
  const kept = last.broken.length === 0 ? 'every promise kept' : `broken by seeds ${last.broken.join(', ')}`
  const struck = Object.values(faults).reduce((sum, times) => sum + times, 0)
  const cpu = last.median_cpu_s === undefined ? '' : ` (${last.median_cpu_s} s of processor time)`
  return [
    `**${runs} runs so far** with ${images} images and ${struck} faults, at least ${quiet} of them on a machine with`,
    "little else to do, so that a page's 5 s were 5 s and not a multiple of them;",
    `${broken} broke a promise at the time. Last batch (${last.at}): seeds ${last.fromSeed} to ${last.toSeed},`,
    `${last.runs} runs, median ${last.median_s} s${cpu}, ${kept}.`,
  ].join('\n')
}
