import { Link } from '@tanstack/react-router'
import { Check, CircleX, Download, Heart, Trash2, Undo2 } from 'lucide-react'
import { memo, useState } from 'react'
import type { CSSProperties, MouseEvent } from 'react'
import type { GalleryCard } from '#shared/gallery/schema.ts'
import { failures, returned } from '#client/app/copy-state.ts'
import { copyGallery as copy } from '#client/app/copy-gallery.ts'
import type { GallerySearch } from './core/filters.ts'
import type { Item } from './core/items.ts'
import { useLongPress } from './use-long-press.ts'

export type CellActions = {
  toggle: (id: string) => void
  extend: (id: string) => void
  favourite: (id: string) => void
  download: (id: string) => void
  remove: (id: string) => void
  /** Only of deleted ones. */
  restore: (id: string) => void
  renew: (id: string) => void
  focus: (id: string) => void
}

type CellProps = {
  item: Item
  card: GalleryCard | undefined
  search: GallerySearch
  modeTitle: string
  column: number
  active: boolean
  selected: boolean
  selecting: boolean
  left: number
  width: number
  actions: CellActions
}

function Failed({ card }: { card: GalleryCard | undefined }) {
  return (
    <span className="plate">
      <span className="word bad">
        <CircleX className="i" aria-hidden />
        {copy.failedAt(card?.step ?? 0)}
      </span>
      {card && <span>{returned(card.purse, card.returned)}</span>}
      {card?.errorCode && <span className="hint">{failures[card.errorCode]}</span>}
    </span>
  )
}

function Quick({ item, search, actions }: Pick<CellProps, 'item' | 'search' | 'actions'>) {
  const { id, favourite, failed } = item
  if (search.deleted) {
    return (
      <span className="quick">
        <button
          type="button"
          className="icon"
          tabIndex={-1}
          aria-label={copy.trash.restore}
          onClick={() => actions.restore(id)}
        >
          <Undo2 className="i" aria-hidden />
        </button>
      </span>
    )
  }
  return (
    <span className="quick">
      {!failed && (
        <button
          type="button"
          className="icon"
          tabIndex={-1}
          aria-pressed={favourite}
          aria-label={favourite ? copy.unmark : copy.mark}
          onClick={() => actions.favourite(id)}
        >
          <Heart className="i" aria-hidden />
        </button>
      )}
      {!failed && (
        <button
          type="button"
          className="icon"
          tabIndex={-1}
          aria-label={copy.download}
          onClick={() => actions.download(id)}
        >
          <Download className="i" aria-hidden />
        </button>
      )}
      <button type="button" className="icon" tabIndex={-1} aria-label={copy.remove} onClick={() => actions.remove(id)}>
        <Trash2 className="i" aria-hidden />
      </button>
    </span>
  )
}

function nameOf({ item, card, modeTitle }: Pick<CellProps, 'item' | 'card' | 'modeTitle'>): string {
  if (!card) return copy.unknownCell
  const made = copy.cell({ prompt: card.prompt, mode: modeTitle, createdAt: card.createdAt })
  const name = card.until ? `${made}, ${copy.trash.left(card.until)}` : made
  if (item.failed) return `${copy.failedAt(card.step)}, ${name}`
  return item.favourite ? `${name}, ${copy.favourite}` : name
}

/** One image of the wall. Everything that a mouse finds on it the keys of the wall do too. */
export const Cell = memo(function Cell(props: CellProps) {
  const { item, card, search, column, active, selected, selecting, left, width, actions } = props
  const [over, setOver] = useState(false)
  const { hold, swallows } = useLongPress(() => actions.toggle(item.id))
  const name = nameOf(props)
  const onClick = (event: MouseEvent) => {
    const chooses = selecting || event.ctrlKey || event.metaKey
    if (swallows()) return event.preventDefault()
    if (event.shiftKey) actions.extend(item.id)
    else if (chooses) actions.toggle(item.id)
    else return
    event.preventDefault()
  }
  return (
    // Rows that come and go with the scrolling are no table.
    <div
      // oxlint-disable-next-line jsx-a11y/prefer-tag-over-role -- a table cannot be virtual
      role="gridcell"
      id={`cell-${item.id}`}
      className="cell"
      aria-colindex={column}
      aria-selected={selected}
      aria-label={name}
      tabIndex={active ? 0 : -1}
      style={{ insetInlineStart: left, inlineSize: width, '--dom': item.colour ?? undefined } as CSSProperties}
      onFocus={() => actions.focus(item.id)}
      onPointerEnter={(event) => event.pointerType === 'mouse' && setOver(true)}
      onPointerLeave={() => setOver(false)}
      {...hold}
    >
      <Link
        to="/gallery/$id"
        params={{ id: item.id }}
        search={search}
        tabIndex={-1}
        draggable={false}
        onClick={onClick}
      >
        {item.failed && <Failed card={card} />}
        {!item.failed && card?.thumb && (
          <img
            src={card.thumb.url}
            alt={card.prompt || copy.noPrompt}
            width={item.width}
            height={item.height}
            loading="lazy"
            decoding="async"
            draggable={false}
            onError={() => actions.renew(item.id)}
          />
        )}
        {!item.failed && card && !card.thumb && <span className="plate hint">{copy.broken}</span>}
      </Link>
      {(over || active || selecting) && (
        <button
          type="button"
          className={over || selecting ? 'box' : 'box quiet'}
          tabIndex={-1}
          aria-label={copy.select}
          aria-pressed={selected}
          onClick={(event) => (event.shiftKey ? actions.extend(item.id) : actions.toggle(item.id))}
        >
          {selected && <Check className="i" aria-hidden />}
        </button>
      )}
      {item.favourite && (
        <span className="fav">
          <Heart className="i" aria-hidden />
        </span>
      )}
      {search.deleted && card?.until && <span className="left">{copy.trash.left(card.until)}</span>}
      {over && !selecting && <Quick item={item} search={search} actions={actions} />}
    </div>
  )
})
