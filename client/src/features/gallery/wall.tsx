import { defaultRangeExtractor, useVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useLayoutEffect, useMemo, useRef } from 'react'
import type { KeyboardEvent, RefObject } from 'react'
import { copyGallery as copy } from '#client/app/copy-gallery.ts'
import { useStore } from '#client/lib/use-store.ts'
import type { CardShelf } from './card-shelf.ts'
import { Cell } from './cell.tsx'
import type { CellActions } from './cell.tsx'
import { searchKey } from './core/filters.ts'
import type { GallerySearch } from './core/filters.ts'
import { moveTo } from './core/moves.ts'
import { heightOfAll, layRows, rowOf, targetHeight } from './core/rows.ts'
import type { Row } from './core/rows.ts'
import type { Selection } from './core/selection.ts'
import type { IndexState } from './gallery-index.ts'
import { useWallScroll } from './use-wall-scroll.ts'
import { useWidth } from './use-width.ts'

const gap = 2
/** Rows beyond either edge. */
const overscan = 2

export type WallActions = CellActions & {
  /** Keys that are no way: Space, Enter, F, Delete … `id` has the focus. True when it was one of them. */
  key: (event: KeyboardEvent, id: string) => boolean
}

type WallProps = {
  index: IndexState
  shelf: CardShelf
  search: GallerySearch
  selection: Selection
  /** The cell with the focus, or that Tab leads to. */
  activeId: string | null
  /** Counts up whenever the focus has to go to the active cell. */
  focusCall: number
  titleOf: (mode: string) => string
  actions: WallActions
}

function useRows(index: IndexState, width: number): readonly Row[] {
  const { items, fresh } = index
  return useMemo(() => {
    if (width === 0) return []
    const size = { width, target: targetHeight(width), gap }
    const above = layRows(items.slice(0, fresh), size)
    const top = above.length === 0 ? 0 : heightOfAll(above) + gap
    return [...above, ...layRows(items, size, { start: fresh, top })]
  }, [items, fresh, width])
}

/** Scrolls as little as shows the whole row. */
function reveal(scroller: HTMLElement | null, row: Row | undefined): void {
  if (!scroller || !row) return
  const { scrollTop, clientHeight } = scroller
  if (row.top < scrollTop) scroller.scrollTop = row.top
  else if (row.top + row.height > scrollTop + clientHeight) scroller.scrollTop = row.top + row.height - clientHeight
}

function useVisibleRows(rows: readonly Row[], scroller: RefObject<HTMLDivElement | null>, activeRow: number) {
  // oxlint-disable-next-line react/incompatible-library -- its answers are read anew at every render
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: (at) => (rows[at]?.height ?? 0) + gap,
    overscan,
    // The cell that Tab leads to must exist wherever the wall is scrolled to.
    rangeExtractor: (range) => {
      const shown = defaultRangeExtractor(range)
      if (activeRow < 0 || shown.includes(activeRow)) return shown
      return [...shown, activeRow].sort((a, b) => a - b)
    },
  })
  useLayoutEffect(() => virtualizer.measure(), [rows, virtualizer])
  return virtualizer.getVirtualItems().map(({ index }) => index)
}

/** All images of an index, however many: only the rows in sight are in the document. */
export function Wall({ index, shelf, search, selection, activeId, focusCall, titleOf, actions }: WallProps) {
  const scroller = useRef<HTMLDivElement>(null)
  const width = useWidth(scroller)
  const rows = useRows(index, width)
  const { items } = index
  const active = Math.max(
    0,
    useMemo(() => items.findIndex(({ id }) => id === activeId), [items, activeId]),
  )
  const activeRow = rowOf(rows, active)
  const shown = useVisibleRows(rows, scroller, activeRow)
  useWallScroll({ scroller, rows, items, place: searchKey(search) })
  useStore(shelf.changes)

  const wanted = shown.flatMap((at) => items.slice(rows[at]?.start, rows[at]?.end).map(({ id }) => id))
  useEffect(() => shelf.want(wanted))

  const heard = useRef(focusCall)
  useEffect(() => {
    if (focusCall === heard.current || activeId === null) return
    reveal(scroller.current, rows[rowOf(rows, active)])
    const cell = document.getElementById(`cell-${activeId}`)
    // Before the wall knows its width, or until the image is loaded, there is nothing to focus.
    if (!cell) return
    heard.current = focusCall
    cell.focus({ preventScroll: true })
  })

  const onKeyDown = (event: KeyboardEvent) => {
    const item = items[active]
    if (!item || event.target instanceof HTMLInputElement) return
    if (actions.key(event, item.id)) return event.preventDefault()
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const rtl = scroller.current !== null && getComputedStyle(scroller.current).direction === 'rtl'
    const mirrored: Readonly<Record<string, string>> = rtl ? { ArrowLeft: 'ArrowRight', ArrowRight: 'ArrowLeft' } : {}
    const key = mirrored[event.key] ?? event.key
    const to = moveTo(rows, gap, { key, from: active, page: scroller.current?.clientHeight ?? 0 })
    const target = to === null ? undefined : items[to]
    if (!target || to === null) return
    event.preventDefault()
    if (event.shiftKey) {
      if (selection.anchor === null) actions.extend(item.id)
      actions.extend(target.id)
    }
    reveal(scroller.current, rows[rowOf(rows, to)])
    actions.focus(target.id)
    requestAnimationFrame(() => document.getElementById(`cell-${target.id}`)?.focus({ preventScroll: true }))
  }

  return (
    <div className="wall-scroll" ref={scroller}>
      {/* The cells have the focus; the keys that reach the grid are theirs. */}
      {/* oxlint-disable-next-line jsx-a11y/interactive-supports-focus -- its cells take the focus, one at a time */}
      <div
        role="grid"
        className="wall"
        id="images"
        aria-label={search.deleted ? copy.trash.wall : copy.wall}
        aria-describedby="wall-hint"
        aria-multiselectable
        aria-rowcount={index.complete ? rows.length : -1}
        aria-busy={!index.complete}
        style={{ blockSize: heightOfAll(rows) }}
        onKeyDown={onKeyDown}
      >
        {shown.map((at) => {
          const row = rows[at]
          if (!row) return null
          let left = 0
          return (
            <div
              key={items[row.start]?.id}
              // oxlint-disable-next-line jsx-a11y/prefer-tag-over-role -- a table cannot be virtual
              role="row"
              className="wall-row"
              aria-rowindex={at + 1}
              style={{ transform: `translateY(${row.top}px)`, blockSize: row.height }}
            >
              {items.slice(row.start, row.end).map((item, place) => {
                const cellWidth = row.widths[place] ?? 0
                const start = left
                left += cellWidth + gap
                const card = shelf.get(item.id)
                return (
                  <Cell
                    key={item.id}
                    item={item}
                    card={card}
                    search={search}
                    modeTitle={card ? titleOf(card.mode) : ''}
                    column={place + 1}
                    active={row.start + place === active}
                    selected={selection.ids.has(item.id)}
                    selecting={selection.ids.size > 0}
                    left={start}
                    width={cellWidth}
                    actions={actions}
                  />
                )
              })}
            </div>
          )
        })}
      </div>
      <p className="sr" id="wall-hint">
        {search.deleted ? copy.trash.hint : copy.hint}
      </p>
    </div>
  )
}
