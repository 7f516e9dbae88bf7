import type { BenchRow } from './report.ts'

/** What a figure is held to: its value, how many times its peer it is, or how much it is over its peer. */
type Target = {
  /** The row's name, or how it begins. */
  what: string | RegExp
  /** Only beside this peer; a ratio means nothing without one. */
  peer?: string | RegExp
  of: 'value' | 'ratio' | 'over'
} & ({ most: number } | { least: number })

/** The figures that the design promises. The first one that fits a row holds. */
const targets: readonly Target[] = [
  { what: 'fresh clone → first image', of: 'value', most: 90 },
  { what: 'warm npm start → ready', of: 'value', most: 8 },
  { what: 'enqueue, SQL, p50', of: 'value', most: 3 },
  { what: 'enqueue, SQL, 8 connections', of: 'value', least: 2_000 },
  { what: /^create through tRPC, \d+ at once/, of: 'value', least: 300 },
  { what: 'committed → claimed, idle worker, p50', of: 'value', most: 10 },
  { what: 'committed → claimed, idle worker, p95', of: 'value', most: 25 },
  { what: 'committed → claimed, Realtime cut, p95', of: 'value', most: 2_000 },
  { what: 'the claim call alone, p50', of: 'ratio', most: 1.5 },
  { what: /^claim with \d+ queued, p50/, peer: /^the same with/, of: 'ratio', most: 1.5 },
  { what: /^GPU idle between two queued images .*p50/, of: 'value', most: 5 },
  { what: 'last step → succeeded, 1.5 MB PNG, p50', of: 'value', most: 400 },
  { what: /^\d+ queued jobs of .*, wall time a job/, of: 'over', most: 5 },
  { what: /^frame sent → drawn in Chromium, .*p95/, of: 'value', most: 100 },
  { what: 'progress: HOT updates of jobs', of: 'value', least: 95 },
  { what: 'progress: WAL of a visible step with its message', of: 'value', most: 1_200 },
  { what: 'progress: WAL of a beat', of: 'value', most: 400 },
  { what: /^model switches over/, of: 'ratio', most: 0.3 },
  { what: 'steady work: images a minute', of: 'ratio', least: 0.9 },
  { what: /^steady work: /, peer: 'in its second quarter', of: 'ratio', most: 1.1 },
  { what: /./, peer: /^(budget|bound|target)/, of: 'ratio', most: 1 },
  { what: /./, peer: 'none', of: 'value', most: 0 },
]

/** The target of a row and whether it holds; null where nothing is promised. `text`: `≤ 400 ms`, `≤ 1.5×`, `≤ +5 ms`. */
export function judge(row: BenchRow): { text: string; held: boolean } | null {
  const target = targets.find(({ what, peer }) => fits(what, row.what) && (peer === undefined || fits(peer, row.peer)))
  if (!target) return null
  const { value, unit } = measured(row, target.of)
  const sign = target.of === 'over' ? '+' : ''
  if ('least' in target) return { text: `≥ ${sign}${target.least}${unit}`, held: value >= target.least }
  return { text: `≤ ${sign}${target.most}${unit}`, held: value <= target.most }
}

function fits(pattern: string | RegExp, text: string): boolean {
  return typeof pattern === 'string' ? pattern === text : pattern.test(text)
}

function measured(row: BenchRow, of: Target['of']): { value: number; unit: string } {
  if (of === 'ratio') return { value: row.value / row.peerValue, unit: '×' }
  const unit = row.unit === '' ? '' : ` ${row.unit}`
  return { value: of === 'over' ? row.value - row.peerValue : row.value, unit }
}
