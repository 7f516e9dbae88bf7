import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import { copyCredits } from '#client/app/copy-credits.ts'
import { Header } from '#client/app/header.tsx'
import { sessionStore } from '#client/features/account/session.ts'
import { Costs } from '#client/features/credits/costs.tsx'
import { Ledger, historyKey } from '#client/features/credits/ledger.tsx'
import { Packs } from '#client/features/credits/packs.tsx'
import { Title } from '#client/features/credits/title.tsx'
import { trpc } from '#client/lib/api.ts'
import { formatNumber } from '#client/lib/format.ts'
import { useStore } from '#client/lib/use-store.ts'
import { showPageTitle } from './studio/page-mark.ts'
import '#client/styles/credits.css'

function Balance({ member }: { member: boolean }) {
  const limits = useQuery(trpc.limits.mine.queryOptions(undefined, { enabled: member }))
  const credits = limits.data?.credits
  if (!member) return <p className="hint">{copyCredits.guestBalance}</p>
  if (!credits) return null
  return (
    <div className="holds">
      <p className="figure">
        <span className="num">{formatNumber(credits.balance)}</span> <span className="soft">{copyCredits.toSpend}</span>
      </p>
      <p className={credits.balance < 0 ? 'bad' : 'hint'}>
        {credits.balance < 0 ? copyCredits.below : copyCredits.held(credits.held)}
      </p>
    </div>
  )
}

/** The list follows the balance: whatever moves one has added a row to the other. */
function useFreshHistory(): void {
  const client = useQueryClient()
  const limits = useQuery(trpc.limits.mine.queryOptions(undefined, { enabled: false }))
  const moved = JSON.stringify(limits.data?.credits ?? null)
  useEffect(() => {
    if (moved !== 'null') void client.invalidateQueries({ queryKey: [historyKey] })
  }, [client, moved])
}

/** Packs on sale, and every credit that came and went. */
export function Credits() {
  useEffect(() => showPageTitle(copyCredits.pageTitle), [])
  const session = useStore(sessionStore)
  const packs = useQuery(trpc.credits.packs.queryOptions(undefined, { staleTime: 60_000 }))
  useFreshHistory()
  const member = session.status === 'member'
  const modes = packs.data?.modes ?? []
  const cheapest = Math.min(...modes.map(({ price }) => price))
  const titleOf = (key: string) => modes.find((mode) => mode.key === key)?.title ?? key
  return (
    <div className="app page">
      <Header />
      <main className="sheet-page" id="bench" tabIndex={-1}>
        <div className="wrap">
          <div className="balance">
            <div>
              <Title />
              {modes.length > 0 && <p className="soft">{copyCredits.lead(cheapest)}</p>}
            </div>
            {session.status !== 'unknown' && <Balance member={member} />}
          </div>
          {packs.data && <Packs view={packs.data} member={member} />}
          {packs.isError && (
            <p role="alert">
              {copyCredits.packsFailed}{' '}
              <button type="button" className="link" onClick={() => void packs.refetch()}>
                {copyCredits.again}
              </button>
            </p>
          )}
          <div className="two">
            {'userId' in session ? (
              <Ledger userId={session.userId} titleOf={titleOf} />
            ) : (
              <section>
                <h2 className="label">{copyCredits.ledger.title}</h2>
                <p className="soft">{copyCredits.ledger.signedOut}</p>
              </section>
            )}
            <Costs modes={modes} />
          </div>
        </div>
      </main>
    </div>
  )
}
