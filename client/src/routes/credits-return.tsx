import { Link, useSearch } from '@tanstack/react-router'
import { useEffect } from 'react'
import type { ReactNode } from 'react'
import { copyCredits } from '#client/app/copy-credits.ts'
import { Header } from '#client/app/header.tsx'
import { refreshQuotes } from '#client/app/live.ts'
import { sessionStore } from '#client/features/account/session.ts'
import { Arrival } from '#client/features/credits/arrival.tsx'
import { usePurchase } from '#client/features/credits/use-purchase.ts'
import { benchSearch } from '#client/lib/bench-address.ts'
import { refusalOf } from '#client/lib/refusal.ts'
import { useStore } from '#client/lib/use-store.ts'
import { showPageTitle } from './studio/page-mark.ts'
import '#client/styles/credits.css'

const copy = copyCredits.arrival

function Said({ title, more }: { title: string; more?: string }) {
  return (
    <div className="arrival">
      <h1>{title}</h1>
      {more !== undefined && <p>{more}</p>}
      <div className="row">
        <ToBench />
      </div>
    </div>
  )
}

function ToBench() {
  return (
    <Link className="primary" to="/studio" search={benchSearch()}>
      {copy.toBench}
    </Link>
  )
}

function Followed({ id, signedIn }: { id: string; signedIn: boolean }): ReactNode {
  const { purchase, slow } = usePurchase(id, signedIn)
  const state = purchase.data?.state
  useEffect(() => {
    // What the button says was asked for before the credits came.
    if (state === 'paid') refreshQuotes()
  }, [state])
  if (!signedIn) return <Said title={copy.gone} more={copy.goneMore} />
  if (purchase.data) {
    const over = purchase.data.state === 'failed' || purchase.data.state === 'expired'
    return (
      <Arrival
        purchase={purchase.data}
        slow={slow}
        actions={
          <>
            <ToBench />
            <Link className="btn" to="/credits">
              {over ? copy.toPacks : copy.toLedger}
            </Link>
          </>
        }
      />
    )
  }
  if (!purchase.isError) return <output>{copy.looking}</output>
  const refusal = refusalOf(purchase.error)
  const gone = refusal.kind === 'refused' && (refusal.code === 'NOT_FOUND' || refusal.code === 'INVALID_INPUT')
  return gone ? <Said title={copy.gone} more={copy.goneMore} /> : <Said title={copy.titles.open} more={copy.lost} />
}

/** Where Stripe sends people back to. It grants nothing; it looks until the ledger has it. */
export function CreditsReturn() {
  useEffect(() => showPageTitle(copy.pageTitle), [])
  const { purchase: id = null } = useSearch({ strict: false })
  const session = useStore(sessionStore)
  return (
    <div className="app page">
      <Header />
      <main className="sheet-page" id="bench" tabIndex={-1}>
        <div className="wrap">
          {session.status !== 'unknown' &&
            (id === null ? <Said title={copy.gone} /> : <Followed key={id} id={id} signedIn={'userId' in session} />)}
        </div>
      </main>
    </div>
  )
}
