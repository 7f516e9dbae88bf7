import { maskLimits } from '#shared/mask/rules.ts'
import type { MaskSoftness } from '#shared/mask/rules.ts'
import { coverage, createRaster, everywhere } from './raster.ts'
import type { Raster } from './raster.ts'
import { isEmpty, nowhere, union } from './rect.ts'
import type { Rect } from './rect.ts'
import { decodeRuns, encodeRuns } from './runs.ts'

/** Steps that can be taken back; more than anybody counts, and a few kilobytes each. */
export const historyLimit = 200
/** Moves of one slider within this time are one step back. Milliseconds. */
const sameMove = 800

type Step =
  | { kind: 'paint'; rect: Rect; before: Uint8Array; after: Uint8Array }
  | { kind: 'soften'; before: MaskSoftness; after: MaskSoftness; at: number }

export type MaskFacts = MaskSoftness & {
  /** Share of the image that is painted, 0 to 1. */
  coverage: number
  canUndo: boolean
  canRedo: boolean
  /** Another number whenever the mask or its softness is another. */
  revision: number
}

/**
 * What changed: pixels of a rectangle, or how the edge is softened. `live` while a stroke is under way, `step` when
 * there is one more to take back.
 */
export type MaskChange = { rect: Rect; softness: boolean; live: boolean; step: boolean }

export type MaskDoc = {
  raster: Raster
  facts: () => MaskFacts
  /** Paints on the raster; seen at once, a step back only after `commit`. */
  paint: (how: (raster: Raster) => Rect) => void
  /** Ends a stroke: what has been painted since the last one is one step. */
  commit: () => void
  /** Takes back what has been painted since the last commit. */
  rollBack: () => void
  soften: (patch: Partial<MaskSoftness>, now: number) => void
  undo: () => void
  redo: () => void
  /** Hears of every change, in the order they happen. */
  listen: (listener: (change: MaskChange) => void) => () => void
}

export const standardSoftness: MaskSoftness = {
  grow: maskLimits.grow.default,
  feather: maskLimits.feather.default,
}

/** A mask with its softness and its past. No page needed: whoever shows it listens. */
export function createMaskDoc(raster: Raster, softness: MaskSoftness = standardSoftness): MaskDoc {
  const committed = createRaster(raster.width, raster.height)
  committed.bits.set(raster.bits)
  const listeners = new Set<(change: MaskChange) => void>()
  let soft = softness
  let dirty = nowhere
  let past: Step[] = []
  let future: Step[] = []
  let revision = 0
  let painted = coverage(raster)

  function tell(change: MaskChange): void {
    revision += 1
    for (const listener of listeners) listener(change)
  }
  function remember(step: Step): void {
    past = [...past, step].slice(-historyLimit)
    future = []
  }
  function apply(step: Step, side: 'before' | 'after'): void {
    if (step.kind === 'soften') {
      soft = step[side]
      return tell({ rect: everywhere(raster), softness: true, live: false, step: false })
    }
    decodeRuns(raster, step.rect, step[side])
    decodeRuns(committed, step.rect, step[side])
    painted = coverage(raster)
    tell({ rect: step.rect, softness: false, live: false, step: false })
  }
  function commit(): void {
    if (isEmpty(dirty)) return
    const before = encodeRuns(committed, dirty)
    const after = encodeRuns(raster, dirty)
    const rect = dirty
    dirty = nowhere
    if (before.length === after.length && before.every((byte, index) => byte === after[index])) return
    decodeRuns(committed, rect, after)
    painted = coverage(raster)
    remember({ kind: 'paint', rect, before, after })
    // Nothing to draw: it was seen while it was painted. Facts are new.
    tell({ rect: nowhere, softness: false, live: false, step: true })
  }
  function rollBack(): void {
    if (isEmpty(dirty)) return
    const rect = dirty
    dirty = nowhere
    decodeRuns(raster, rect, encodeRuns(committed, rect))
    tell({ rect, softness: false, live: true, step: false })
  }
  function travel(from: 'past' | 'future'): void {
    commit()
    const step = (from === 'past' ? past : future).at(-1)
    if (!step) return
    if (from === 'past') {
      past = past.slice(0, -1)
      future = [...future, step]
    } else {
      future = future.slice(0, -1)
      past = [...past, step]
    }
    apply(step, from === 'past' ? 'before' : 'after')
  }

  return {
    raster,
    facts: () => ({
      ...soft,
      coverage: painted,
      canUndo: past.length > 0,
      canRedo: future.length > 0,
      revision,
    }),
    paint(how) {
      const rect = how(raster)
      if (isEmpty(rect)) return
      dirty = union(dirty, rect)
      tell({ rect, softness: false, live: true, step: false })
    },
    commit,
    rollBack,
    soften(patch, now) {
      const after = { ...soft, ...patch }
      if (after.grow === soft.grow && after.feather === soft.feather) return
      commit()
      const last = past.at(-1)
      const same = last?.kind === 'soften' && now - last.at < sameMove && future.length === 0
      if (same) {
        past = [...past.slice(0, -1), { ...last, after, at: now }]
      } else remember({ kind: 'soften', before: soft, after, at: now })
      soft = after
      tell({ rect: everywhere(raster), softness: true, live: false, step: !same })
    },
    undo: () => travel('past'),
    redo: () => travel('future'),
    listen(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

/** Paints all of the image (255) or none of it (0), as one step. */
export function fillAll(doc: MaskDoc, value: number): void {
  doc.paint((raster) => {
    raster.bits.fill(value)
    return everywhere(raster)
  })
  doc.commit()
}
