import { useEffect } from 'react'
import type { QuoteView } from '#shared/jobs/schema.ts'
import { takeWaiting, waitingStore } from '#client/app/after-sign-in.ts'
import { copy } from '#client/app/copy.ts'
import { notice } from '#client/app/notice.ts'
import { sessionStore } from '#client/features/account/session.ts'
import { useStore } from '#client/lib/use-store.ts'

type Ready = {
  mode: string
  count: number
  /** What the button says now; null while it cannot be pressed or its price is not known for this account. */
  quote: QuoteView | null
  fire: () => void
}

/**
 * A press that had to wait for an account goes on by itself when it costs what was painted, from the same purse. When
 * it does not, nothing runs: the button says the new price and has the focus.
 */
export function useWaitingPress({ mode, count, quote, fire }: Ready): void {
  const waiting = useStore(waitingStore)
  const { status } = useStore(sessionStore)
  useEffect(() => {
    if (waiting?.kind !== 'press' || status !== 'member' || !quote) return
    const same = waiting.mode === mode && waiting.count === count
    const press = takeWaiting('press')
    if (!press || !same) return
    if (quote.purse === press.purse && quote.price === press.price) return fire()
    notice(copy.bench.changedMeanwhile)
    document.querySelector<HTMLElement>('#bench .primary')?.focus()
  }, [waiting, status, quote, mode, count, fire])
}
