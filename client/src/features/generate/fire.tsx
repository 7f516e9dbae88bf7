import { Command, CornerDownLeft, Info } from 'lucide-react'
import { Suspense, lazy } from 'react'
import { copy } from '#client/app/copy.ts'
import type { FireView } from './core/wording.ts'

const LimitPanel = lazy(async () => ({ default: (await import('./limit-panel.tsx')).LimitPanel }))

const onMac = /Mac|iPhone|iPad/.test(navigator.userAgent)

type FireProps = {
  view: FireView
  /** One sentence about the last press when it did not work: what happened, that it cost nothing, what is next. */
  news: string | null
  member: boolean
  onFewer: (count: number) => void
  onSignIn: () => void
}

/** The primary action with purse and price on it, and the quote under it. A limit replaces it, never the bench. */
export function Fire({ view, news, member, onFewer, onSignIn }: FireProps) {
  return (
    <>
      {view.kind === 'button' ? (
        <>
          <button type="submit" className="primary" data-once disabled={view.disabled}>
            {view.price ? `${view.label} · ${view.price}` : view.label}
            {view.price && (
              <kbd aria-hidden>
                {onMac ? <Command className="i" /> : copy.keys.ctrl}
                <CornerDownLeft className="i" />
              </kbd>
            )}
          </button>
          <div className="after">
            <span>{view.left}</span>
            {view.right && (
              <span>
                {view.right.text} {view.right.number !== null && <b className="num">{view.right.number}</b>}
              </span>
            )}
          </div>
          {view.note !== null && <p className="hint note">{view.note}</p>}
        </>
      ) : (
        <Suspense>
          <LimitPanel view={view} member={member} onFewer={onFewer} onSignIn={onSignIn} />
        </Suspense>
      )}
      <p className={news ? 'news word' : 'sr'} role="alert">
        {news && (
          <>
            <Info className="i" aria-hidden />
            <span>{news}</span>
          </>
        )}
      </p>
    </>
  )
}
