import { judge } from './targets.ts'

/** One measured figure beside its peer or floor, both from the same run on the same machine. */
export type BenchRow = {
  what: string
  value: number
  /** '' for counts. */
  /** `shift` is the share of the window that moved, times how far, as CLS counts it. */
  unit: 'ms' | 's' | '/s' | 'B' | '%' | 'KB' | 'MB' | 'cells' | 'shift' | ''
  /** What it is held against: a named peer doing the same job, or the physical floor. */
  peer: string
  peerValue: number
  /** Samples behind `value`. */
  samples: number
}

/** The value below which `share` (0..1) of the samples lie, by nearest rank. NaN for no samples. */
export function quantile(samples: readonly number[], share: number): number {
  if (samples.length === 0) return Number.NaN
  const sorted = samples.toSorted((a, b) => a - b)
  const rank = Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1))
  return sorted[rank] ?? Number.NaN
}

/** ours ÷ peer, whatever the unit. */
export function ratio(row: BenchRow): number {
  return row.value / row.peerValue
}

const columns = ['what', 'The Forge', 'target', 'beside it', 'ratio', 'samples', 'day']

/** First lines of the table, by which it is found again. */
export const tableHead = `${line(columns)}\n${line(columns.map(() => '---'))}`

/** Rows as a Markdown table, as the README holds it; `day` (2026-11-24) says when they were measured. */
export function toMarkdown(rows: readonly BenchRow[], day: string): string {
  return [tableHead, ...rows.map((row) => toLine(row, day))].join('\n')
}

/** One row of the table. */
export function toLine(row: BenchRow, day: string): string {
  const target = judge(row)
  return line([
    row.what,
    withUnit(row.value, row.unit),
    target ? `${target.text} ${target.held ? '✓' : '✗'}` : '',
    `${row.peer}: ${withUnit(row.peerValue, row.unit)}`,
    showRatio(row),
    String(row.samples),
    day,
  ])
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`
}

function withUnit(value: number, unit: BenchRow['unit']): string {
  return `${show(value)} ${unit}`.trim()
}

function showRatio(row: BenchRow): string {
  const value = ratio(row)
  return Number.isFinite(value) ? `${value.toFixed(2)}×` : '–'
}

function show(value: number): string {
  if (Math.abs(value) >= 100) return value.toFixed(0)
  return value.toFixed(Math.abs(value) >= 10 ? 1 : 2)
}
