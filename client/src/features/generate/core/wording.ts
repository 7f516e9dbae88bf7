import type { Purse } from '#shared/jobs/rules.ts'
import { saves } from '#shared/limits/rules.ts'
import type { QuoteView } from '#shared/jobs/schema.ts'
import { copy } from '#client/app/copy.ts'

export type PressPhase = 'idle' | 'signing-in' | 'uploading' | 'creating' | 'retrying'

export type FireInput = {
  quote: QuoteView | null
  /** What the bench still lacks, as the button says it; null when it has all it needs. */
  missing: string | null
  /** Why the mode cannot run at all now, as a sentence; null when it can. */
  unavailable: string | null
  preparing: boolean
  phase: PressPhase
  count: number
  running: number
  queued: number
}

/** What stands where the button is: the button, or the panel that replaces it while the bench stays open. */
export type FireView =
  | {
      kind: 'button'
      label: string
      price: string | null
      disabled: boolean
      left: string
      right: FireAfter | null
      /** More about the wait, or about what is saved on today; null when there is nothing to say, '' while unknown. */
      note: string | null
    }
  | { kind: 'limit'; resetsAt: string; shared: boolean; everyone?: boolean }
  /** Some are left, but fewer than this press needs. */
  | { kind: 'few'; resetsAt: string; left: number; price: number; makes: number }
  | { kind: 'credits'; balance: number; price: number; resetsAt: string }

export type FireAfter = { text: string; number: string | null }

function busyLabel(phase: PressPhase): string | null {
  switch (phase) {
    case 'idle':
      return null
    case 'signing-in':
      return copy.generate.signingIn
    case 'uploading':
      return copy.generate.uploading
    case 'creating':
      return copy.generate.sending
    case 'retrying':
      return copy.generate.retrying
  }
}

/** What is left of a purse after paying `price`, never below zero. */
export function leftAfter(quote: QuoteView): number {
  const held = quote.purse === 'free' ? quote.limits.free.left : quote.limits.credits.balance
  return Math.max(0, held - quote.price)
}

function after(quote: QuoteView, ready: boolean): FireAfter {
  const { left } = quote.limits.free
  if (quote.purse === 'free' && left === 1 && quote.price === 1) return { text: copy.generate.lastOne, number: null }
  if (!ready && quote.purse === 'free') return { text: copy.generate.leftToday(left), number: null }
  return { text: copy.generate.after, number: String(leftAfter(quote)) }
}

const words = copy.bench.quote

function queueLine(input: FireInput, { queue, purse, price }: QuoteView): string {
  const { workersOnline, startingMs, fallback, ahead, etaMs } = queue
  if (fallback) return words.provider
  if (workersOnline === 0) return startingMs === null ? words.noWorker : words.starting(startingMs)
  const own = copy.generate.inWork(input.running, input.queued)
  if (own !== '') return own
  const wait = [ahead === null || ahead === 0 ? '' : words.ahead(ahead), etaMs === null ? '' : words.about(etaMs)]
  return capital(wait.filter(Boolean).join(', ')) || copy.generate.price(purse, input.count, price)
}

function capital(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1)
}

/** How sure the wait is and why, from what was measured; or what is saved on, which says why it is so. */
function noteOf({ queue, limits, purse }: QuoteView, ready: boolean): string {
  if (saves(limits.saving, 'boxes_drained')) return words.drained
  if (purse === 'free' && saves(limits.saving, 'free_size')) return words.smaller
  const { workersOnline, startingMs, fallback, warm, etaMs, p90Ms } = queue
  // What cannot be pressed yet has no wait; its line stays free for when it can.
  if (!ready) return ''
  if (fallback) return words.providerWhy
  if (workersOnline === 0) return startingMs === null ? words.noWorkerMore : ''
  const model = warm === null ? '' : warm ? words.warm : words.cold
  const rare = p90Ms !== null && (etaMs === null || words.about(p90Ms) !== words.about(etaMs))
  return [model, rare ? words.rarely(p90Ms) : ''].filter(Boolean).join(' ')
}

/**
 * The words of the button and the line under it. Purse and price are exactly what the press will send as expected;
 * a refusal that money or time lifts replaces the button, any other disables it and says why.
 */
export function fireView(input: FireInput): FireView {
  const { quote, missing, phase } = input
  const verb = input.running + input.queued > 0 ? copy.generate.another : copy.generate.verb
  const busy = busyLabel(phase) ?? (input.preparing ? copy.generate.preparing : null)
  if (!quote) {
    const label = busy ?? missing ?? verb
    // Empty, not absent: its line is kept free, so that nothing moves when the quote comes.
    return { kind: 'button', label, price: null, disabled: true, left: '', right: null, note: '' }
  }
  const line = {
    left: queueLine(input, quote),
    right: after(quote, missing === null),
    note: noteOf(quote, missing === null),
  }
  if (busy) return { kind: 'button', label: busy, price: null, disabled: true, ...line }
  const resetsAt = quote.limits.free.resetsAt
  if (quote.refusal === 'FREE_LIMIT_REACHED') {
    const { left, shared } = quote.limits.free
    const makes = Math.floor((left * input.count) / Math.max(1, quote.price))
    return makes > 0 && makes < input.count
      ? { kind: 'few', resetsAt, left, price: quote.price, makes }
      : { kind: 'limit', resetsAt, shared }
  }
  if (quote.refusal === 'FREE_PAUSED') return { kind: 'limit', resetsAt, shared: false, everyone: true }
  if (quote.refusal === 'PURSE_EMPTY') {
    const { balance } = quote.limits.credits
    return balance === 0
      ? { kind: 'limit', resetsAt, shared: quote.limits.free.shared }
      : { kind: 'credits', balance, price: quote.price, resetsAt }
  }
  if (quote.refusal) {
    const { label, line: left } = copy.refused[quote.refusal]
    return { kind: 'button', label, price: null, disabled: true, left, right: null, note: null }
  }
  if (input.unavailable !== null) {
    const { label } = copy.refused.MODE_UNAVAILABLE
    return { kind: 'button', label, price: null, disabled: true, left: input.unavailable, right: null, note: null }
  }
  if (missing !== null) return { kind: 'button', label: missing, price: null, disabled: true, ...line }
  return {
    kind: 'button',
    label: verb,
    price: copy.generate.onButton(quote.purse, quote.price),
    disabled: false,
    ...line,
  }
}

/** What the press sends as painted. */
export function paintedPrice(quote: QuoteView): { purse: Purse; expectedPrice: number } {
  return { purse: quote.purse, expectedPrice: quote.price }
}

/**
 * How many images one press can make now, and why not more: what the purse pays and the places that are free. Null when
 * nothing stands in the way of the most there are, or when nothing can be made at all, which the button says.
 */
export function mostNow(
  { purse, price, limits }: QuoteView,
  count: number,
  most: number,
): { count: number; reason: string } | null {
  const each = Math.max(1, price / count)
  const held = purse === 'free' ? limits.free.left : limits.credits.balance
  const pays = Math.floor(held / each)
  const room = limits.jobs.cap - limits.jobs.open
  const makes = Math.min(pays, room)
  if (makes < 1 || makes >= most) return null
  if (room < pays) return { count: makes, reason: copy.bench.mostPlaces(room) }
  return { count: makes, reason: purse === 'free' ? copy.bench.mostFree(held) : copy.bench.mostCredits(pays) }
}
