import { Link } from '@tanstack/react-router'
import { Trash2 } from 'lucide-react'
import type { ReactNode } from 'react'
import type { GalleryCard, LineageView } from '#shared/gallery/schema.ts'
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
  const { job, sources } = line
  if (sources.length === 0) return <p className="hint">{copy.fromWords}</p>
  return (
    <ul className="sources">
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

type LineageProps = { line: LineageView; search: GallerySearch; picture: ReactNode }

/** What it was made from above, what was made from it below: two lists around it, drawn as a tree. */
export function Lineage({ line, search, picture }: LineageProps) {
  const { sources, children, childrenTotal } = line
  const older = childrenTotal - children.length
  return (
    <nav className="tree" aria-label={copy.lineage}>
      <h3 className="sr">{copy.madeFrom}</h3>
      <Sources line={line} search={search} />
      {sources.length > 0 && <Joins count={sources.length} up />}
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
    </nav>
  )
}
