import { fillRect } from './raster.ts'
import type { Point, Raster } from './raster.ts'
import type { Rect } from './rect.ts'

/** Cells along each side of a picture: painting without a pointer, coarse enough to be walked by keys. */
export const gridSide = 16

export type Cell = { column: number; row: number }

/** The pixels of a cell: together they are the picture, each pixel in exactly one. */
export function cellRect({ column, row }: Cell, { width, height }: Pick<Raster, 'width' | 'height'>): Rect {
  const edge = (at: number, side: number) => Math.round((at * side) / gridSide)
  return {
    left: edge(column, width),
    top: edge(row, height),
    right: edge(column + 1, width),
    bottom: edge(row + 1, height),
  }
}

/** The cell that a place of the picture lies in; one beyond its edge counts as the nearest. */
export function cellAt({ x, y }: Point, { width, height }: Pick<Raster, 'width' | 'height'>): Cell {
  const hold = (at: number) => Math.min(gridSide - 1, Math.max(0, Math.floor(at)))
  return { column: hold((x / width) * gridSide), row: hold((y / height) * gridSide) }
}

/** Whether more than half of a cell is painted. */
export function isCellPainted(raster: Raster, cell: Cell): boolean {
  const { left, top, right, bottom } = cellRect(cell, raster)
  let painted = 0
  for (let y = top; y < bottom; y += 1) {
    for (let x = left; x < right; x += 1) painted += (raster.bits[y * raster.width + x] ?? 0) & 1
  }
  return painted * 2 > (right - left) * (bottom - top)
}

/** Which cells are painted, row after row. */
export function paintedCells(raster: Raster): boolean[] {
  return Array.from({ length: gridSide * gridSide }, (_, index) =>
    isCellPainted(raster, { column: index % gridSide, row: Math.floor(index / gridSide) }),
  )
}

/** Paints (255) or clears (0) all cells between two, both included. */
export function fillCells(raster: Raster, a: Cell, b: Cell, value: number): Rect {
  const first = cellRect({ column: Math.min(a.column, b.column), row: Math.min(a.row, b.row) }, raster)
  const last = cellRect({ column: Math.max(a.column, b.column), row: Math.max(a.row, b.row) }, raster)
  return fillRect(raster, { x: first.left, y: first.top }, { x: last.right, y: last.bottom }, value)
}
