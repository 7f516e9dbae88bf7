import type { ReactNode } from 'react'
import { copyCredits } from '#client/app/copy-credits.ts'
import { formatNumber } from '#client/lib/format.ts'
import type { PurchaseView } from '#shared/credits/schema.ts'
import { useCountUp } from './use-count-up.ts'

const copy = copyCredits.arrival

function Counted({ purchase }: { purchase: PurchaseView }) {
  const shown = useCountUp(purchase.balance - purchase.credits, purchase.balance)
  return (
    <p className="figure">
      <span className="num">{formatNumber(shown)}</span> <span className="soft">{copy.balance}</span>
    </p>
  )
}

function sentence({ state, credits }: PurchaseView, slow: boolean): string {
  switch (state) {
    case 'open':
      return slow ? copy.slow : copy.waiting(credits)
    case 'processing':
      return copy.processing(credits)
    case 'paid':
      return copy.paid(credits)
    case 'failed':
      return copy.failed
    case 'expired':
      return copy.expired
  }
}

type ArrivalProps = { purchase: PurchaseView; slow: boolean; actions: ReactNode }

/** What became of a purchase. It only looks: credits come from the ledger, never from this page. */
export function Arrival({ purchase, slow, actions }: ArrivalProps) {
  return (
    <div className="arrival">
      <h1>{copy.titles[purchase.state]}</h1>
      <output>{sentence(purchase, slow)}</output>
      {purchase.state === 'paid' && <Counted purchase={purchase} />}
      {purchase.state === 'open' && !slow && <div className="bar cold busy" aria-hidden />}
      <div className="row">{actions}</div>
    </div>
  )
}
