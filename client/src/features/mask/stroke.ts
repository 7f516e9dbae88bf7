import type { MaskDoc } from './core/doc.ts'
import { cellAt, fillCells, isCellPainted } from './core/grid.ts'
import { fillEllipse, fillOutline, fillRect, flood, strokeTo } from './core/raster.ts'
import type { Dab, Point } from './core/raster.ts'
import type { ToolName } from './tools.ts'

/** One press of a tool, from down to up. Places are in pixels of the work image. */
export type Stroke = { to: (dabs: readonly Dab[]) => void; end: () => void; cancel: () => void }

function brush(doc: MaskDoc, start: Dab, value: number): Stroke {
  let last = start
  doc.paint((raster) => strokeTo(raster, start, start, value))
  return {
    to(dabs) {
      for (const dab of dabs) {
        const from = last
        doc.paint((raster) => strokeTo(raster, from, dab, value))
        last = dab
      }
    },
    end: doc.commit,
    cancel: doc.rollBack,
  }
}

/** A shape that is drawn anew with every move, seen with its soft edge from the start. */
function shape(doc: MaskDoc, start: Point, draw: (points: readonly Point[]) => void, all: boolean): Stroke {
  let points: Point[] = [start]
  return {
    to(dabs) {
      doc.rollBack()
      points = all ? [...points, ...dabs] : [start, ...dabs.slice(-1)]
      draw(points)
    },
    end: doc.commit,
    cancel: doc.rollBack,
  }
}

/** Begins to use a tool at a place; `value` is what it writes: 255 paints, 0 erases. */
export function beginStroke(doc: MaskDoc, tool: ToolName, start: Dab, value: number): Stroke {
  switch (tool) {
    case 'brush':
    case 'erase':
      return brush(doc, start, value)
    case 'rectangle':
    case 'ellipse': {
      const fill = tool === 'rectangle' ? fillRect : fillEllipse
      return shape(doc, start, ([a, b]) => a && b && doc.paint((raster) => fill(raster, a, b, value)), false)
    }
    case 'lasso':
      return shape(
        doc,
        start,
        (points) => points.length > 2 && doc.paint((raster) => fillOutline(raster, points, value)),
        true,
      )
    case 'grid': {
      // The first cell says what the others get: painted ones are cleared.
      const first = cellAt(start, doc.raster)
      const given = value === 255 && isCellPainted(doc.raster, first) ? 0 : value
      const put = (dab: Dab) =>
        doc.paint((raster) => fillCells(raster, cellAt(dab, raster), cellAt(dab, raster), given))
      put(start)
      return { to: (dabs) => dabs.forEach(put), end: doc.commit, cancel: doc.rollBack }
    }
    case 'fill':
      doc.paint((raster) => flood(raster, start, value))
      return { to: () => undefined, end: doc.commit, cancel: doc.rollBack }
  }
}
