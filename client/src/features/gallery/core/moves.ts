import { rowOf } from './rows.ts'
import type { Row, WallSize } from './rows.ts'

/** Where the keys lead in the wall; `page` is how many CSS px PageUp and PageDown go. */
export type Move = { key: string; from: number; page: number }

/**
 * The cell that a key leads to, or null when the key is none of these or the way is blocked. Left and right follow the
 * order of the images; up, down and pages go to the cell that lies nearest to the middle of this one.
 */
export function moveTo(rows: readonly Row[], gap: WallSize['gap'], { key, from, page }: Move): number | null {
  const last = rows.at(-1)
  if (!last) return null
  const to = targetOf(rows, gap, { key, from, page })
  return to === null || to === from || to < 0 || to >= last.end ? null : to
}

function targetOf(rows: readonly Row[], gap: number, { key, from, page }: Move): number | null {
  const last = rows.at(-1)
  const at = rowOf(rows, from)
  const row = rows[at]
  if (!last || !row) return null
  switch (key) {
    case 'ArrowLeft':
      return from - 1
    case 'ArrowRight':
      return from + 1
    case 'Home':
      return 0
    case 'End':
      return last.end - 1
    case 'ArrowUp':
      return nearest(rows[at - 1], middleOf(row, from, gap), gap)
    case 'ArrowDown':
      return nearest(rows[at + 1], middleOf(row, from, gap), gap)
    case 'PageUp':
    case 'PageDown':
      return nearest(rows[pageRow(rows, at, key === 'PageUp' ? -page : page)], middleOf(row, from, gap), gap)
    default:
      return null
  }
}

/** At least one row further, at most to the first or last. */
function pageRow(rows: readonly Row[], at: number, by: number): number {
  const top = (rows[at]?.top ?? 0) + by
  const step = by < 0 ? -1 : 1
  let to = at + step
  while (rows[to + step] && (by < 0 ? (rows[to]?.top ?? 0) > top : (rows[to]?.top ?? 0) < top)) to += step
  return Math.min(rows.length - 1, Math.max(0, to))
}

function middleOf(row: Row, cell: number, gap: number): number {
  const place = cell - row.start
  const before = row.widths.slice(0, place).reduce((sum, width) => sum + width + gap, 0)
  return before + (row.widths[place] ?? 0) / 2
}

function nearest(row: Row | undefined, middle: number, gap: number): number | null {
  if (!row) return null
  let left = 0
  let best = row.start
  let distance = Infinity
  for (const [place, width] of row.widths.entries()) {
    const off = Math.abs(left + width / 2 - middle)
    if (off < distance) [best, distance] = [row.start + place, off]
    left += width + gap
  }
  return best
}
