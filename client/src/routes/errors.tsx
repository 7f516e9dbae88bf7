import { Link } from '@tanstack/react-router'
import { useEffect, useState } from 'react'
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

/** A page that could not be fetched for want of a network. To reload now would lose what is still shown elsewhere. */
function Offline() {
  useEffect(() => {
    const again = () => location.reload()
    addEventListener('online', again)
    return () => removeEventListener('online', again)
  }, [])
  return (
    <main className="wrap blank" role="alert">
      <h1>{copy.errors.offlineTitle}</h1>
      <p>{copy.errors.offlineLine}</p>
      <button type="button" className="btn" onClick={() => history.back()}>
        {copy.errors.back}
      </button>
    </main>
  )
}

/** A page that threw. It must not need anything that may have broken: no queries, no stores. */
export function Crash({ error }: { error: unknown }) {
  const stale = isMissingPart(error)
  const [offline] = useState(!navigator.onLine)
  if (stale && offline) return <Offline />
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
