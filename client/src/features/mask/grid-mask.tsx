import { useEffect, useRef, useState } from 'react'
import type { KeyboardEvent } from 'react'
import { maskCopy } from '#client/app/mask-copy.ts'
import { fillCells, gridSide, isCellPainted, paintedCells } from './core/grid.ts'
import type { Cell } from './core/grid.ts'
import type { MaskDoc } from './core/doc.ts'

const steps: Partial<Record<string, readonly [columns: number, rows: number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
  Home: [-gridSide, 0],
  End: [gridSide, 0],
  PageUp: [0, -gridSide],
  PageDown: [0, gridSide],
}
const sides = Array.from({ length: gridSide }, (_, index) => index)

function within(at: number): number {
  return Math.min(gridSide - 1, Math.max(0, at))
}

function usePainted(doc: MaskDoc): readonly boolean[] {
  const [painted, setPainted] = useState(() => paintedCells(doc.raster))
  useEffect(() => {
    const read = () => setPainted(paintedCells(doc.raster))
    read()
    // A stroke under way is seen on the canvas; what it makes of the cells is told once it ends.
    return doc.listen(({ live, softness }) => !live && !softness && read())
  }, [doc])
  return painted
}

/**
 * Sixteen by sixteen cells over the picture, walked by arrows and painted by Space: a mask without a pointer. Shift
 * with an arrow takes along what the cell it left was given. A pointer paints them as any tool does (see pointers.ts).
 */
export function GridMask({ doc }: { doc: MaskDoc }) {
  const painted = usePainted(doc)
  const grid = useRef<HTMLTableElement>(null)
  const [at, setAt] = useState<Cell>({ column: gridSide / 2, row: gridSide / 2 })

  function fill(a: Cell, b: Cell, value: number): void {
    doc.paint((raster) => fillCells(raster, a, b, value))
    doc.commit()
  }
  function toggle(cell: Cell): void {
    fill(cell, cell, isCellPainted(doc.raster, cell) ? 0 : 255)
  }
  function onKeyDown(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const step = steps[event.key]
    if (event.key === ' ' || event.key === 'Enter') toggle(at)
    else if (step) {
      const next = { column: within(at.column + step[0]), row: within(at.row + step[1]) }
      if (event.shiftKey) fill(at, next, isCellPainted(doc.raster, at) ? 255 : 0)
      setAt(next)
      grid.current?.querySelector<HTMLElement>(`[data-cell="${next.column} ${next.row}"]`)?.focus()
    } else return
    event.preventDefault()
    // The canvas under it listens to the same keys.
    event.stopPropagation()
  }

  return (
    <table
      ref={grid}
      className="mask-grid"
      // Rows and cells that are walked by arrows; a plain table has none of that.
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-to-interactive-role -- a grid of cells that are pressed
      role="grid"
      aria-label={maskCopy.grid}
      aria-multiselectable
      onKeyDown={onKeyDown}
    >
      <tbody>
        {sides.map((row) => (
          <tr key={row}>
            {sides.map((column) => {
              const here = at.column === column && at.row === row
              const selected = painted[row * gridSide + column] === true
              return (
                <td
                  key={column}
                  data-cell={`${column} ${row}`}
                  tabIndex={here ? 0 : -1}
                  aria-selected={selected}
                  aria-label={maskCopy.cell(row + 1, column + 1, selected)}
                  onFocus={() => setAt({ column, row })}
                  // Only what has no pointer clicks here: a screen reader. Pointers paint.
                  onClick={(event) => event.detail === 0 && toggle({ column, row })}
                />
              )
            })}
          </tr>
        ))}
      </tbody>
    </table>
  )
}

/** How many cells are painted, in words, for the line under the picture. */
export function GridCount({ doc }: { doc: MaskDoc }) {
  const painted = usePainted(doc)
  return (
    <>
      <span className="only-desk">{maskCopy.gridHint}</span>{' '}
      <output>{maskCopy.cells(painted.filter(Boolean).length, painted.length)}</output>
    </>
  )
}
