/** Any picture: only its shape counts. */
export type Shape = { width: number; height: number }

/** One row of the wall, in CSS px. Cells `start` up to `end` lie side by side; `widths` are theirs. */
export type Row = { start: number; end: number; top: number; height: number; widths: readonly number[] }

export type WallSize = {
  /** Inner width of the wall, CSS px. */
  width: number
  /** Height that rows come near. */
  target: number
  gap: number
}

/** A strip or a tower would make its row useless: beyond this they are cropped. Width over height. */
const aspects = { min: 0.45, max: 2.6 } as const
/** The last row is not stretched to the edge beyond this factor of the target. */
const lastRow = 1.25

function aspectOf({ width, height }: Shape): number {
  return Math.min(aspects.max, Math.max(aspects.min, width / height))
}

/**
 * Justified rows over all of `shapes`, from `top` on: each as wide as the wall and near the target height, in the order
 * given. What is above a change stays where it is.
 */
export function layRows(shapes: readonly Shape[], size: WallSize, from = { start: 0, top: 0 }): Row[] {
  const rows: Row[] = []
  let { start, top } = from
  let sum = 0
  for (let at = start; at < shapes.length; at += 1) {
    const shape = shapes[at]
    if (!shape) continue
    const before = sum
    sum += aspectOf(shape)
    const height = heightOf(sum, at + 1 - start, size)
    if (height > size.target && at + 1 < shapes.length) continue
    // The row without this cell may be nearer to the target than the row with it.
    const shorter = before > 0 ? heightOf(before, at - start, size) : Infinity
    const without = height < size.target && shorter - size.target < size.target - height
    const row = makeRow(shapes, { start, end: without ? at : at + 1, top }, size)
    rows.push(row)
    top += row.height + size.gap
    start = row.end
    sum = without ? aspectOf(shape) : 0
    if (without && at + 1 === shapes.length) rows.push(makeRow(shapes, { start, end: at + 1, top }, size))
  }
  return rows
}

/** Height of a row that holds `count` cells whose aspect ratios sum up to `sum`. */
function heightOf(sum: number, count: number, { width, gap }: WallSize): number {
  return (width - gap * (count - 1)) / sum
}

function makeRow(
  shapes: readonly Shape[],
  { start, end, top }: { start: number; end: number; top: number },
  size: WallSize,
): Row {
  const ratios = shapes.slice(start, end).map(aspectOf)
  const exact = heightOf(
    ratios.reduce((sum, ratio) => sum + ratio, 0),
    ratios.length,
    size,
  )
  const full = exact <= size.target * lastRow || end < shapes.length
  const height = Math.round(full ? exact : size.target)
  const widths = ratios.map((ratio) => Math.round(height * ratio))
  // Rounding must not leave a ragged edge.
  const used = widths.reduce((sum, width) => sum + width, 0) + size.gap * (widths.length - 1)
  const last = widths.length - 1
  if (full) widths[last] = (widths[last] ?? 0) + Math.round(size.width) - used
  return { start, end, top, height, widths }
}

/** Height of all rows, CSS px. */
export function heightOfAll(rows: readonly Row[]): number {
  const last = rows.at(-1)
  return last ? last.top + last.height : 0
}

/** The row that holds the cell, by bisection; -1 when there is none. */
export function rowOf(rows: readonly Row[], cell: number): number {
  let low = 0
  let high = rows.length - 1
  while (low <= high) {
    const middle = (low + high) >> 1
    const row = rows[middle]
    if (!row) return -1
    if (cell < row.start) high = middle - 1
    else if (cell >= row.end) low = middle + 1
    else return middle
  }
  return -1
}

/** The first row that ends below `offset`; the last one when none does. */
export function rowAt(rows: readonly Row[], offset: number): number {
  let low = 0
  let high = rows.length - 1
  while (low < high) {
    const middle = (low + high) >> 1
    const row = rows[middle]
    if (row && row.top + row.height <= offset) low = middle + 1
    else high = middle
  }
  return rows.length === 0 ? -1 : low
}

/** Height that rows come near on a wall of that width: a phone shows two or three beside each other, a desk five. */
export function targetHeight(width: number): number {
  return Math.round(Math.min(340, Math.max(124, width / 5.6)))
}
