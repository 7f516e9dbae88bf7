import { Link } from '@tanstack/react-router'
import { useId } from 'react'
import { copy } from '#client/app/copy.ts'
import type { Session } from './session.ts'

type AccountButtonProps = { session: Session; onSignIn: () => void; onSignOut: () => void }

/** Sign in for a visitor or guest; for a member who it is, and the way out. */
export function AccountButton({ session, onSignIn, onSignOut }: AccountButtonProps) {
  const id = useId()
  if (session.status === 'unknown') return null
  if (session.status !== 'member') {
    return (
      <button type="button" className="btn quiet only-desk" onClick={onSignIn}>
        {copy.account.signIn}
      </button>
    )
  }
  return (
    <>
      <button type="button" className="icon only-desk" popoverTarget={id}>
        <span className="who">{session.email.slice(0, 2).toUpperCase()}</span>
        <span className="sr">{copy.account.account}</span>
      </button>
      <div id={id} popover="auto" className="pop">
        <h2 className="truncate">{session.email}</h2>
        <Link className="btn" to="/account">
          {copy.account.account}
        </Link>
        <button type="button" className="btn" onClick={onSignOut}>
          {copy.account.signOut}
        </button>
      </div>
    </>
  )
}
