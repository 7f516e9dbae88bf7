import { Link } from '@tanstack/react-router'
import { Trash2 } from 'lucide-react'
import type { ReactNode } from 'react'
import type { ChainView, GalleryCard, LineageView } from '#shared/gallery/schema.ts'
import { copyGallery } from '#client/app/copy-gallery.ts'
import type { GallerySearch } from './core/filters.ts'

const copy = copyGallery.item

type NodeProps = { card: GalleryCard; search: GallerySearch; children?: ReactNode }

/** One result in the line: a way to its own page, also when it was deleted. */
function Node({ card, search, children }: NodeProps) {
  const name = card.deleted ? copy.goneName(card.transmission) : card.prompt || copyGallery.noPrompt
  return (
    <Link className="node" to="/gallery/$id" params={{ id: card.id }} search={search} aria-label={name}>
      {card.thumb && !card.deleted ? (
        <img src={card.thumb.url} alt="" loading="lazy" decoding="async" />
      ) : (
        <span className="gone">
          <Trash2 className="i" aria-hidden />
          {copy.gone}
        </span>
      )}
      {children}
    </Link>
  )
}

function Joins({ count, up }: { count: number; up: boolean }) {
  const shown = Math.min(4, count)
  const at = (index: number) => ((index + 0.5) / 4) * 100
  const middle = `M50 ${up ? 10 : 0}V${up ? 20 : 10}`
  const legs = Array.from({ length: shown }, (_, index) => `M${at(index)} ${up ? 0 : 10}v10`).join('')
  const bar = shown === 0 ? '' : `M${Math.min(50, at(0))} 10H${Math.max(50, at(shown - 1))}`
  return (
    <svg className="joins" viewBox="0 0 100 20" preserveAspectRatio="none" aria-hidden>
      <path d={`${legs}${bar}${middle}`} vectorEffect="non-scaling-stroke" />
    </svg>
  )
}

function Sources({ line, search }: { line: LineageView; search: GallerySearch }) {
  const { job, sources, againOf } = line
  if (sources.length === 0 && againOf === null) return <p className="hint">{copy.fromWords}</p>
  return (
    <ul className="sources">
      {againOf && (
        <li>
          <Node card={againOf} search={search} />
          <span className="role">{copy.again}</span>
        </li>
      )}
      {sources.map(({ assetId, role, weight, parent }, place) => {
        const asset = job.inputs.find((input) => input.asset.id === assetId)?.asset
        const label = (
          <span className="role">
            {copy.roles[role]} {role === 'style' && <span className="num">{weight.toFixed(2)}</span>}
          </span>
        )
        return (
          // The same image may be in two places.
          // oxlint-disable-next-line react/no-array-index-key -- the order never changes
          <li key={`${assetId} ${place}`}>
            {parent ? (
              <Node card={parent} search={search} />
            ) : asset ? (
              <img src={asset.url} alt={copy.roles[role]} loading="lazy" decoding="async" />
            ) : (
              <span className="gone">{copy.gone}</span>
            )}
            {label}
          </li>
        )
      })}
    </ul>
  )
}

type Steps = ChainView['before']

/** Generations further away, nearest to the image last above it and first below it. */
function Generations({ steps, up, search }: { steps: Steps; up: boolean; search: GallerySearch }) {
  const numbered = steps.map((step, place) => ({ ...step, away: place + 2 }))
  return (up ? numbered.toReversed() : numbered).map(({ cards, total, away }) => (
    <section key={away} className="steps">
      <h4 className="hint">{(up ? copy.stepsBefore : copy.stepsAfter)(away)}</h4>
      <ul className="kids">
        {cards.map((card) => (
          <li key={card.id}>
            <Node card={card} search={search} />
          </li>
        ))}
      </ul>
      {total > cards.length && <p className="hint">{copy.andMore(total - cards.length)}</p>}
    </section>
  ))
}

function More({ label, onMore }: { label: string; onMore: () => void }) {
  return (
    <button type="button" className="btn quiet small" onClick={onMore}>
      {label}
    </button>
  )
}

type LineageProps = {
  line: LineageView
  /** What lies further than one step away; null until it is known. */
  chain: ChainView | null
  search: GallerySearch
  picture: ReactNode
  /** Further generations are asked for. */
  onMore: () => void
}

/** What it was made from above, what was made from it below, over as many steps as there are: lists, drawn as a tree. */
export function Lineage({ line, chain, search, picture, onMore }: LineageProps) {
  const { sources, againOf, children, childrenTotal } = line
  const older = childrenTotal - children.length
  const above = sources.length + (againOf ? 1 : 0)
  return (
    <nav className="tree" aria-label={copy.lineage}>
      <h3 className="sr">{copy.madeFrom}</h3>
      {chain?.moreBefore && <More label={copy.earlier} onMore={onMore} />}
      {chain && <Generations steps={chain.before} up search={search} />}
      <Sources line={line} search={search} />
      {above > 0 && <Joins count={above} up />}
      <div className="me">{picture}</div>
      {children.length > 0 && <Joins count={children.length} up={false} />}
      <h3 className="sr">{copy.becameTitle(childrenTotal)}</h3>
      {children.length === 0 ? (
        <p className="hint">{copy.noChildren}</p>
      ) : (
        <ul className="kids">
          {children.map((card) => (
            <li key={card.id}>
              <Node card={card} search={search} />
            </li>
          ))}
        </ul>
      )}
      {older > 0 && <p className="hint">{copy.moreChildren(older)}</p>}
      {chain && <Generations steps={chain.after} up={false} search={search} />}
      {chain?.moreAfter && <More label={copy.later} onMore={onMore} />}
    </nav>
  )
}
