import { useState } from 'react'
import { copy, refusals } from '#client/app/copy.ts'
import { copyCredits } from '#client/app/copy-credits.ts'
import type { PacksView } from '#shared/credits/schema.ts'
import { beginCheckout } from './checkout.ts'
import { PackCard } from './pack-card.tsx'

type PacksProps = {
  view: PacksView
  member: boolean
  /** A guest or visitor wants to buy. */
  onSignUp: () => void
}

/** The shelf. Paying happens on Stripe's own page, so no payment script is ever loaded here. */
export function Packs({ view, member, onSignUp }: PacksProps) {
  const [opening, setOpening] = useState<string | null>(null)
  const [problem, setProblem] = useState<string | null>(null)

  async function buy(pack: string): Promise<void> {
    if (!member) return onSignUp()
    setOpening(pack)
    setProblem(null)
    const answer = await beginCheckout(pack)
    if ('url' in answer) {
      // The page stays as it is until Stripe's is there; coming back by the browser finds it usable.
      addEventListener('pageshow', () => setOpening(null), { once: true })
      location.assign(answer.url)
      return
    }
    setOpening(null)
    if (answer.kind === 'refused' && answer.code === 'ACCOUNT_REQUIRED') onSignUp()
    setProblem(answer.kind === 'refused' ? refusals[answer.code](answer.data) : copy.account.unreachable)
  }

  return (
    <>
      <div className="packs">
        {view.packs.map((pack) => (
          <PackCard
            key={pack.id}
            pack={pack}
            packs={view.packs}
            modes={view.modes}
            opening={opening === pack.id}
            onBuy={view.open && opening === null ? () => void buy(pack.id) : null}
          />
        ))}
      </div>
      <p role="alert" className={problem ? 'packs-problem bad' : 'sr'}>
        {problem}
      </p>
      <p className="hint fine">{view.open ? copyCredits.fine : copyCredits.closed}</p>
      {view.standIn && <p className="hint">{copyCredits.standIn}</p>}
    </>
  )
}
