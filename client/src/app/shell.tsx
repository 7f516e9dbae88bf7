import { Outlet } from '@tanstack/react-router'
import { WifiOff } from 'lucide-react'
import { Suspense, useEffect, useState } from 'react'
import { sessionStore } from '#client/features/account/session.ts'
import { jobsNewestFirst, openJobs } from '#client/features/live/core/state.ts'
import { staleStore } from '#client/lib/stale.ts'
import { onlineStore } from '#client/lib/online.ts'
import { late } from '#client/lib/late.ts'
import { useStore } from '#client/lib/use-store.ts'
import { accountDone } from './account-actions.ts'
import { waitingStore } from './after-sign-in.ts'
import { accountSheetStore } from './account-sheet-store.ts'
import { copy } from './copy.ts'
import { live } from './live.ts'
import { noticeStore } from './notice.ts'
import { undoStore } from './undo.ts'

const AccountSheet = late(async () => (await import('#client/features/account/account-sheet.tsx')).AccountSheet)

const UndoToast = late(async () => (await import('./undo-toast.tsx')).UndoToast)

/** A dropped network shows only after this long; most are back by then. Milliseconds. */
const offlineAfter = 2_000

function useOffline(): boolean {
  const online = useStore(onlineStore)
  const reachable = useStore(live.reachable)
  const gone = !online ? 'network' : !reachable ? 'studio' : null
  const [isLate, setLate] = useState(false)
  useEffect(() => {
    if (gone === null) return
    const timer = setTimeout(() => setLate(true), offlineAfter)
    return () => {
      clearTimeout(timer)
      setLate(false)
    }
  }, [gone])
  return gone !== null && isLate
}

function Account() {
  const side = useStore(accountSheetStore)
  const session = useStore(sessionStore)
  const state = useStore(live.state)
  const waiting = useStore(waitingStore)
  if (!side) return null
  const jobs = session.status === 'guest' ? jobsNewestFirst(state).filter((job) => job.outputs.length > 0) : []
  const newest = jobs[0]
  const thumb = newest?.outputs.find((asset) => asset.kind === 'preview')?.url ?? newest?.outputs[0]?.url ?? null
  return (
    <Suspense>
      <AccountSheet
        start={side}
        guest={session.status === 'guest'}
        kept={{ count: jobs.length, thumb }}
        goesOn={waiting !== null}
        onClose={() => accountSheetStore.set(null)}
        onDone={(outcome) => {
          accountSheetStore.set(null)
          accountDone(outcome)
        }}
      />
    </Suspense>
  )
}

/** What every page has: the offline banner, the account sheet, the passing notice. */
export function Shell() {
  const offline = useOffline()
  const online = useStore(onlineStore)
  const busy = openJobs(useStore(live.state)).length > 0
  const passing = useStore(noticeStore)
  const undo = useStore(undoStore)
  const stale = useStore(staleStore)
  return (
    <>
      <Outlet />
      <output className="contents">
        {stale && (
          <span className="offline">
            {copy.errors.stale}
            <button type="button" className="btn small" onClick={() => location.reload()}>
              {copy.errors.reload}
            </button>
          </span>
        )}
        {offline && !stale && (
          <span className="offline">
            <WifiOff className="i" aria-hidden />
            {online ? copy.offline.away : busy ? copy.offline.banner : copy.offline.bannerIdle}
          </span>
        )}
        {passing && (
          <span key={passing.id} className="toast">
            {passing.text}
          </span>
        )}
      </output>
      <Suspense>{undo && <UndoToast key={undo.id} offer={undo} />}</Suspense>
      <Account />
    </>
  )
}
