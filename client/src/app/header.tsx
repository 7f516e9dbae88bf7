import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Menu } from 'lucide-react'
import { useState } from 'react'
import type { ReactNode } from 'react'
import { AccountButton } from '#client/features/account/account-button.tsx'
import { Meter } from '#client/features/account/meter.tsx'
import { sessionStore } from '#client/features/account/session.ts'
import { Sheet } from '#client/components/ui/sheet.tsx'
import { Wordmark } from '#client/components/ui/lettering.tsx'
import { trpc } from '#client/lib/api.ts'
import { useStore } from '#client/lib/use-store.ts'
import { leaveAccount } from './account-actions.ts'
import { copy } from './copy.ts'
import { openAccount } from './account-sheet-store.ts'

function MenuSheet({ onClose }: { onClose: () => void }) {
  const session = useStore(sessionStore)
  const member = session.status === 'member'
  return (
    <Sheet title={copy.nav.menu} onClose={onClose}>
      <h2>{copy.nav.menu}</h2>
      <nav className="menu-list" aria-label={copy.nav.main}>
        <Link to="/studio" onClick={onClose}>
          {copy.nav.studio}
        </Link>
        <Link to="/gallery" onClick={onClose}>
          {copy.nav.gallery}
        </Link>
        <Link to="/credits" onClick={onClose}>
          {copy.nav.credits}
        </Link>
        {'userId' in session && (
          <Link to="/account" onClick={onClose}>
            {copy.account.account}
          </Link>
        )}
        <button
          type="button"
          onClick={() => {
            onClose()
            if (member) void leaveAccount()
            else openAccount('sign-in')
          }}
        >
          {member ? copy.account.signOut : copy.account.signIn}
        </button>
      </nav>
      {member && <p className="hint">{session.email}</p>}
    </Sheet>
  )
}

/** Wordmark, pages, what is left, who is here. `extra` is a page's own button, e.g. the session list. */
export function Header({ extra }: { extra?: ReactNode }) {
  const session = useStore(sessionStore)
  const limits = useQuery(trpc.limits.mine.queryOptions(undefined, { enabled: session.status !== 'unknown' }))
  const [menu, setMenu] = useState(false)
  return (
    <header className="head scale">
      <a className="skip" href="#bench">
        {copy.nav.skip}
      </a>
      <Link className="wordmark" to="/studio" aria-label={copy.name}>
        <Wordmark label={copy.name} />
      </Link>
      <nav className="nav" aria-label={copy.nav.main}>
        <Link to="/studio" activeProps={{ 'aria-current': 'page' }}>
          {copy.nav.studio}
        </Link>
        <Link to="/gallery" activeProps={{ 'aria-current': 'page' }}>
          {copy.nav.gallery}
        </Link>
        <Link to="/credits" activeProps={{ 'aria-current': 'page' }}>
          {copy.nav.credits}
        </Link>
      </nav>
      <div className="right">
        {limits.data && <Meter limits={limits.data} member={session.status === 'member'} />}
        <AccountButton
          session={session}
          onSignIn={() => openAccount('sign-in')}
          onSignOut={() => void leaveAccount()}
        />
        {extra}
        <button type="button" className="icon only-phone" aria-label={copy.nav.menu} onClick={() => setMenu(true)}>
          <Menu className="i" aria-hidden />
        </button>
      </div>
      {menu && <MenuSheet onClose={() => setMenu(false)} />}
    </header>
  )
}
