import { type BenchRow, tableHead, toLine } from './report.ts'

const fence = '```'

/** Half of the plot: two decades, that is from a hundredth to a hundred times the peer. */
const half = 20
const decades = 2

/** `day` (2026-11-24) is written into each row; `all`: what is not among these rows is measured no more. */
type Written = { day: string; all: boolean }

/**
 * `readme` with its table of figures brought up to date and a plot of the ratios below it. A row takes the place of the
 * one with the same name and the same peer; new ones go to the end; the rest stays, unless this is `all` that there is
 * to measure. Throws when there is no table.
 */
export function writeFigures(readme: string, rows: readonly BenchRow[], { day, all }: Written): string {
  const start = readme.indexOf(tableHead)
  if (start < 0) throw new Error('there is no table of figures')
  const end = endOfBlock(readme, start)
  const before = all ? [] : readme.slice(start, end).split('\n').slice(2)
  const lines = new Map(before.map((line) => [keyOf(line), line]))
  for (const line of rows.map((row) => toLine(row, day))) lines.set(keyOf(line), line)
  const table = [tableHead, ...lines.values()].join('\n')
  const rest = readme.slice(end).replace(new RegExp(`^\\n\\n${fence}plot\\n[^]*?\\n${fence}`), '')
  return `${readme.slice(0, start)}${table}\n\n${fence}plot\n${plot([...lines.values()])}\n${fence}${rest}`
}

function endOfBlock(text: string, from: number): number {
  const blank = text.indexOf('\n\n', from)
  return blank < 0 ? text.trimEnd().length : blank
}

/** What is measured and the peer's name, without any number that a run changes. */
function keyOf(line: string): string {
  const [what, , , beside] = cellsOf(line)
  return `${what}|${beside?.slice(0, beside.lastIndexOf(':'))}`
}

function cellsOf(line: string): string[] {
  return line
    .slice(1, -1)
    .split('|')
    .map((cell) => cell.trim())
}

/** One bar a row on a scale of powers of ten: left of the line less than the peer, right of it more. */
function plot(lines: readonly string[]): string {
  const bars = lines.flatMap((line) => {
    const [what = '', , , beside = '', times = ''] = cellsOf(line)
    const value = Number.parseFloat(times)
    if (!(value > 0)) return []
    return [`${bar(value)} ${times.padStart(8)}  ${what} ÷ ${beside.slice(0, beside.lastIndexOf(':'))}`]
  })
  const scale = `${'0.01×'.padEnd(half)}1×${'100×'.padStart(half - 1)}`
  return [scale, ...bars].join('\n')
}

function bar(value: number): string {
  const length = Math.min(half, Math.round((Math.abs(Math.log10(value)) / decades) * half))
  const left = value < 1 ? '█'.repeat(length).padStart(half) : ' '.repeat(half)
  const right = value < 1 ? ' '.repeat(half) : '█'.repeat(length).padEnd(half)
  return `${left}│${right}`
}
