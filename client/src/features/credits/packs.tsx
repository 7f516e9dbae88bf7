import { useEffect, useState } from 'react'
import { signInFor, takeWaiting } from '#client/app/after-sign-in.ts'
import { copy } from '#client/app/copy.ts'
import { refusals } from '#client/app/copy-refusals.ts'
import { copyCredits } from '#client/app/copy-credits.ts'
import type { PacksView } from '#shared/credits/schema.ts'
import { beginCheckout } from './checkout.ts'
import { PackCard } from './pack-card.tsx'

type PacksProps = {
  view: PacksView
  member: boolean
}

/** The shelf. Paying happens on Stripe's own page, so no payment script is ever loaded here. */
export function Packs({ view, member }: PacksProps) {
  const [opening, setOpening] = useState<string | null>(null)
  const [problem, setProblem] = useState<string | null>(null)

  async function buy(pack: string): Promise<void> {
    if (!member) return signInFor({ kind: 'pack', pack })
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
    if (answer.kind === 'refused' && answer.code === 'ACCOUNT_REQUIRED') signInFor({ kind: 'pack', pack })
    setProblem(answer.kind === 'refused' ? refusals[answer.code](answer.data) : copy.account.unreachable)
  }

  // Whoever pressed Buy as a guest has said what to buy: with the account there, paying goes on.
  useEffect(() => {
    const waiting = member && view.open ? takeWaiting('pack') : null
    if (!waiting || !view.packs.some(({ id }) => id === waiting.pack)) return
    queueMicrotask(() => void buy(waiting.pack))
  })

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
