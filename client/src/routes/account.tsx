import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useEffect } from 'react'
import { forgetAccount, leaveAccount, leaveEverywhere } from '#client/app/account-actions.ts'
import { openAccount } from '#client/app/account-sheet-store.ts'
import { copyAccount } from '#client/app/copy-account.ts'
import { copy } from '#client/app/copy.ts'
import { Header } from '#client/app/header.tsx'
import { notice } from '#client/app/notice.ts'
import { DeleteAccount, ExportData } from '#client/features/account/own-data.tsx'
import { sessionStore } from '#client/features/account/session.ts'
import type { Session } from '#client/features/account/session.ts'
import { WhereMade } from '#client/features/account/where-made.tsx'
import { NewPassword, Who } from '#client/features/account/who.tsx'
import { trpc } from '#client/lib/api.ts'
import { useStore } from '#client/lib/use-store.ts'
import { showPageTitle } from './studio/page-mark.ts'
import '#client/styles/account.css'

const words = copyAccount.page

async function endAllSessions(): Promise<void> {
  notice((await leaveEverywhere()) ? words.signedOutAll : words.notSignedOut)
}

function Devices() {
  return (
    <section>
      <h2 className="label">{words.devices}</h2>
      <p className="soft">{words.devicesLead}</p>
      <p className="row">
        <button type="button" className="btn" onClick={() => void leaveAccount()}>
          {words.signOutHere}
        </button>
        <button type="button" className="btn" onClick={() => void endAllSessions()}>
          {words.signOutAll}
        </button>
      </p>
    </section>
  )
}

function Mine({ session }: { session: Extract<Session, { userId: string }> }) {
  const navigate = useNavigate()
  const limits = useQuery(trpc.limits.mine.queryOptions())
  const member = session.status === 'member'
  const credits = limits.data?.credits
  return (
    <>
      <Who userId={session.userId} guest={!member} />
      {member && <NewPassword />}
      {member && <Devices />}
      <WhereMade />
      <ExportData />
      <DeleteAccount
        credits={(credits?.balance ?? 0) + (credits?.held ?? 0)}
        onDeleted={(ended) => {
          forgetAccount()
          notice(words.deleted(ended))
          void navigate({ to: '/studio' })
        }}
      />
    </>
  )
}

/** Who is here, and what they may do with all of it: take it along, or have it gone. */
export function Account() {
  useEffect(() => showPageTitle(words.pageTitle), [])
  const session = useStore(sessionStore)
  return (
    <div className="app page">
      <Header />
      <main className="sheet-page" id="bench" tabIndex={-1}>
        <div className="wrap account-page">
          <h1>{words.title}</h1>
          {'userId' in session && <Mine session={session} />}
          {session.status === 'none' && (
            <section>
              <p className="soft">{words.signedOut}</p>
              <button type="button" className="btn" onClick={() => openAccount('sign-in')}>
                {copy.account.signIn}
              </button>
            </section>
          )}
        </div>
      </main>
    </div>
  )
}
