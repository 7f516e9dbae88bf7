import { Stripe } from 'stripe'
import type { Store, StripeObject } from './store.ts'

const dayS = 24 * 3_600

const seconds = (): number => Math.floor(Date.now() / 1_000)

export type NewSession = {
  customer: string | null
  reference: string | null
  metadata: Readonly<Record<string, string>>
  intentMetadata: Readonly<Record<string, string>>
  title: string
  amount: number
  currency: string
  successUrl: string
  cancelUrl: string | null
}

/** What happens to money, and the events Stripe would tell it by. No HTTP here. */
export class Register {
  readonly store: Store
  private readonly settleMs: number

  constructor(store: Store, settleMs: number) {
    this.store = store
    this.settleMs = settleMs
  }

  private make(object: string, prefix: string, fields: Record<string, unknown>): StripeObject {
    return this.store.add({ id: this.store.id(prefix), object, created: seconds(), livemode: false, ...fields })
  }

  emit(type: string, object: StripeObject): void {
    const event = this.make('event', 'evt', {
      type,
      api_version: Stripe.API_VERSION,
      data: { object: structuredClone(object) },
      pending_webhooks: 1,
      request: { id: null, idempotency_key: null },
    })
    this.store.state.deliveries.push({ event: event.id, tries: 0, due: 0 })
    this.store.save()
  }

  createCustomer(metadata: Readonly<Record<string, string>>): StripeObject {
    return this.make('customer', 'cus', { metadata, email: null })
  }

  createSession(wish: NewSession, origin: string): StripeObject {
    const session = this.make('checkout.session', 'cs_test', {
      mode: 'payment',
      status: 'open',
      payment_status: 'unpaid',
      amount_subtotal: wish.amount,
      amount_total: wish.amount,
      currency: wish.currency,
      customer: wish.customer,
      client_reference_id: wish.reference,
      metadata: wish.metadata,
      payment_intent: null,
      success_url: wish.successUrl,
      cancel_url: wish.cancelUrl,
      expires_at: seconds() + dayS,
      title: wish.title,
      intent_metadata: wish.intentMetadata,
    })
    session['url'] = `${origin}/c/pay/${session.id}`
    return session
  }

  /** The buyer pays. `delayed`: Checkout is done, the money comes (or not) later. False when the session is over. */
  pay(id: string, how: 'card' | 'delayed' | 'delayed-fails', origin: string): boolean {
    const session = this.store.get('checkout.session', id)
    if (session === null || session['status'] !== 'open') return false
    const intent = this.make('payment_intent', 'pi', {
      amount: session['amount_total'],
      currency: session['currency'],
      customer: session['customer'],
      metadata: session['intent_metadata'],
      status: 'processing',
      latest_charge: null,
    })
    Object.assign(session, { status: 'complete', payment_intent: intent.id, url: null })
    if (how === 'card') {
      this.charge(session, intent, origin)
      this.emit('checkout.session.completed', session)
      return true
    }
    const due = Date.now() + this.settleMs
    this.store.state.settlements.push({ session: session.id, pays: how === 'delayed', due })
    this.emit('checkout.session.completed', session)
    return true
  }

  private charge(session: StripeObject, intent: StripeObject, origin: string): void {
    const charge = this.make('charge', 'ch', {
      amount: intent['amount'],
      amount_refunded: 0,
      refunded: false,
      currency: intent['currency'],
      customer: intent['customer'],
      payment_intent: intent.id,
      metadata: intent['metadata'],
      paid: true,
      disputed: false,
      status: 'succeeded',
    })
    charge['receipt_url'] = `${origin}/receipts/${charge.id}`
    Object.assign(intent, { status: 'succeeded', latest_charge: charge.id })
    session['payment_status'] = 'paid'
    this.emit('charge.succeeded', charge)
    this.emit('payment_intent.succeeded', intent)
  }

  /** Delayed payments whose time has come, and sessions that nobody paid for a day. */
  settleDue(origin: string, now = Date.now()): void {
    const { settlements } = this.store.state
    for (const one of settlements.filter(({ due }) => due <= now)) {
      settlements.splice(settlements.indexOf(one), 1)
      const session = this.store.get('checkout.session', one.session)
      const intent = session && this.store.get('payment_intent', String(session['payment_intent']))
      if (!session || !intent) continue
      if (one.pays) {
        this.charge(session, intent, origin)
      } else {
        intent['status'] = 'requires_payment_method'
      }
      this.emit(`checkout.session.async_payment_${one.pays ? 'succeeded' : 'failed'}`, session)
    }
    const late = (session: StripeObject) => session['status'] === 'open' && Number(session['expires_at']) * 1_000 <= now
    for (const session of this.store.list('checkout.session', late)) this.expire(session.id)
  }

  expire(id: string): boolean {
    const session = this.store.get('checkout.session', id)
    if (session === null || session['status'] !== 'open') return false
    Object.assign(session, { status: 'expired', url: null })
    this.emit('checkout.session.expired', session)
    return true
  }

  chargeOf(intent: string): StripeObject | null {
    return this.store.list('charge', (charge) => charge['payment_intent'] === intent)[0] ?? null
  }

  /** Null when that much is not left of the payment. */
  refund(charge: StripeObject, wanted: number | null): StripeObject | null {
    const left = Number(charge['amount']) - Number(charge['amount_refunded'])
    const amount = wanted ?? left
    if (!Number.isInteger(amount) || amount <= 0 || amount > left) return null
    const refund = this.make('refund', 're', {
      amount,
      currency: charge['currency'],
      charge: charge.id,
      payment_intent: charge['payment_intent'],
      status: 'succeeded',
      metadata: {},
    })
    charge['amount_refunded'] = Number(charge['amount_refunded']) + amount
    charge['refunded'] = charge['amount_refunded'] === charge['amount']
    this.emit('refund.created', refund)
    this.emit('charge.refunded', charge)
    return refund
  }

  /** The bank sends a refund back. */
  failRefund(id: string): void {
    const refund = this.store.get('refund', id)
    const charge = refund && this.store.get('charge', String(refund['charge']))
    if (!refund || !charge || refund['status'] === 'failed') return
    refund['status'] = 'failed'
    charge['amount_refunded'] = Number(charge['amount_refunded']) - Number(refund['amount'])
    charge['refunded'] = false
    this.emit('refund.failed', refund)
  }

  dispute(charge: StripeObject, status: 'needs_response' | 'warning_needs_response' = 'needs_response'): StripeObject {
    const dispute = this.make('dispute', 'dp', {
      amount: charge['amount'],
      currency: charge['currency'],
      charge: charge.id,
      payment_intent: charge['payment_intent'],
      reason: 'fraudulent',
      status,
    })
    charge['disputed'] = true
    this.emit('charge.dispute.created', dispute)
    if (status === 'needs_response') this.emit('charge.dispute.funds_withdrawn', dispute)
    return dispute
  }

  closeDispute(id: string, status: 'won' | 'lost' | 'warning_closed'): void {
    const dispute = this.store.get('dispute', id)
    if (dispute === null) return
    dispute['status'] = status
    this.emit('charge.dispute.closed', dispute)
    if (status === 'won') this.emit('charge.dispute.funds_reinstated', dispute)
  }
}
