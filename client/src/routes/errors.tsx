import { Link } from '@tanstack/react-router'
import { useEffect } from 'react'
import { Header } from '#client/app/header.tsx'
import { copy } from '#client/app/copy.ts'
import { isMissingPart } from '#client/lib/stale.ts'
import { showPageTitle } from './studio/page-mark.ts'

/** An address that leads nowhere. */
export function NotFound() {
  useEffect(() => showPageTitle(copy.title.notFound), [])
  return (
    <div className="app page">
      <Header />
      <main className="sheet-page" id="bench" tabIndex={-1}>
        <div className="wrap blank">
          <h1>{copy.errors.notFoundTitle}</h1>
          <p>{copy.errors.notFound}</p>
          <Link className="btn" to="/studio">
            {copy.gallery.toStudio}
          </Link>
        </div>
      </main>
    </div>
  )
}

/** A page that threw. It must not need anything that may have broken: no queries, no stores. */
export function Crash({ error }: { error: unknown }) {
  const stale = isMissingPart(error)
  return (
    <main className="wrap blank">
      <h1>{stale ? copy.errors.staleTitle : copy.errors.crashTitle}</h1>
      <p>{stale ? copy.errors.staleLine : copy.errors.crash}</p>
      <button type="button" className="btn" onClick={() => location.reload()}>
        {copy.errors.reload}
      </button>
    </main>
  )
}
