import { Link } from '@tanstack/react-router'
import { copy } from '#client/app/copy.ts'
import { formatClock, formatLeft } from '#client/lib/format.ts'
import { useNow } from '#client/lib/use-now.ts'
import type { FireView } from './core/wording.ts'

type LimitPanelProps = {
  view: Exclude<FireView, { kind: 'button' }>
  member: boolean
  /** Sets the number of images to what is left. */
  onFewer: (count: number) => void
  onSignIn: () => void
}

function reasonOf(view: Extract<FireView, { kind: 'limit' | 'credits' }>, member: boolean): string {
  if (view.kind === 'credits') return copy.limit.credits(view.balance, view.price)
  if (view.everyone) return copy.limit.everyone
  if (view.shared) return copy.limit.shared
  return member ? copy.limit.own : copy.limit.guest
}

/** Stands where the button was once a purse is empty: when it fills again, and what can be done now. */
export function LimitPanel({ view, member, onFewer, onSignIn }: LimitPanelProps) {
  const now = useNow(30_000)
  if (view.kind === 'few') {
    return (
      <div className="limit">
        <div>
          <h2>{copy.limit.fewTitle(view.left)}</h2>
          <p>{copy.limit.few(view.price, view.left)}</p>
        </div>
        <button type="button" className="primary" onClick={() => onFewer(view.makes)}>
          {copy.limit.fewer(view.makes)}
        </button>
      </div>
    )
  }
  // An account takes along what its guest has used: only what others of the network used is given anew.
  const hasOwn = view.kind === 'limit' && view.shared && view.everyone !== true
  return (
    <div className="limit">
      <div>
        <h2>{view.kind === 'credits' ? copy.limit.creditsTitle : copy.limit.title}</h2>
        <p>{reasonOf(view, member)}</p>
      </div>
      <div className="countdown">
        <time className="num" dateTime={view.resetsAt}>
          {formatClock(view.resetsAt)}
        </time>
        <span className="soft">{copy.limit.more(formatLeft(Date.parse(view.resetsAt) - now))}</span>
      </div>
      {member && (
        <Link className="primary" to="/credits">
          {copy.limit.buy}
        </Link>
      )}
      {!member && (
        <button type="button" className="primary" onClick={onSignIn}>
          {hasOwn ? copy.limit.signIn : copy.limit.signInToBuy}
        </button>
      )}
    </div>
  )
}
