import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { copyGallery as copy } from '#client/app/copy-gallery.ts'
import { onlineStore } from '#client/lib/online.ts'
import { useStore } from '#client/lib/use-store.ts'

function Blank({ title, more, children }: { title: string; more: string; children?: ReactNode }) {
  return (
    <div className="blank wrap">
      <h1>{title}</h1>
      <p>{more}</p>
      <div className="row">{children}</div>
    </div>
  )
}

export function SignedOut({ onSignIn }: { onSignIn: () => void }) {
  return (
    <Blank title={copy.empty} more={copy.signedOut}>
      <Link className="btn" to="/studio">
        {copy.toStudio}
      </Link>
      <button type="button" className="btn quiet" onClick={onSignIn}>
        {copy.signIn}
      </button>
    </Blank>
  )
}

export function Empty() {
  return (
    <Blank title={copy.empty} more={copy.emptyMore}>
      <Link className="btn" to="/studio">
        {copy.toStudio}
      </Link>
      <Link className="btn quiet" to="/gallery" search={{ deleted: true }}>
        {copy.filters.deleted}
      </Link>
    </Blank>
  )
}

export function EmptyTrash() {
  return (
    <Blank title={copy.trash.empty} more={copy.trash.emptyMore}>
      <Link className="btn" to="/gallery">
        {copy.trash.toGallery}
      </Link>
    </Blank>
  )
}

export function NoMatch({ total, onClear }: { total: number; onClear: () => void }) {
  return (
    <Blank title={copy.noMatch} more={copy.noMatchMore(total)}>
      <button type="button" className="btn" onClick={onClear}>
        {copy.filters.clear}
      </button>
    </Blank>
  )
}

export function Failed({ onAgain }: { onAgain: () => void }) {
  const online = useStore(onlineStore)
  return (
    <div className="blank wrap" role="alert">
      <p>{online ? copy.failed : copy.offline}</p>
      {online && (
        <button type="button" className="btn" onClick={onAgain}>
          {copy.again}
        </button>
      )}
    </div>
  )
}

/** Cold plates where the images will be. */
export function Skeleton() {
  return (
    <div className="wall-scroll">
      <output className="sr">{copy.loading}</output>
      <div className="skeleton" aria-hidden>
        {Array.from({ length: 18 }, (_, at) => (
          <i key={at} />
        ))}
      </div>
    </div>
  )
}
