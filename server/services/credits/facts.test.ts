import { expect, it } from 'vitest'
import { paymentFact, readStripeEvent, reversalState, sessionFact, storedPayload } from './facts.ts'

const purchase = '019ab000-0000-7000-8000-000000000001'
const session = {
  id: 'cs_1',
  object: 'checkout.session',
  mode: 'payment',
  status: 'complete',
  payment_status: 'paid',
  amount_total: 500,
  currency: 'usd',
  client_reference_id: purchase,
  metadata: { purchase_id: purchase, pack_id: 'spark' },
  payment_intent: 'pi_1',
}

it('reads a session, its intent by id or whole', () => {
  const whole = { ...session, payment_intent: { id: 'pi_1', object: 'payment_intent' } }

  expect(sessionFact(session)).toEqual(sessionFact(whole))
  expect(sessionFact(session).fact).toMatchObject({ purchase, pack: 'spark', amount: 500, payment_intent: 'pi_1' })
})

it.each<[Record<string, unknown>, string | null]>([
  [{ metadata: {}, client_reference_id: null }, null],
  [{ metadata: null, client_reference_id: undefined }, null],
  [{ client_reference_id: null }, 'purchase'],
  [{ metadata: {} }, 'purchase'],
  [{ metadata: { purchase_id: 'x' }, client_reference_id: 'x' }, 'purchase'],
  [{ object: 'payment_link' }, 'unreadable session'],
  [{ amount_total: '500' }, 'unreadable session'],
  [{ currency: 'usd\0' }, 'unreadable session'],
  [{ currency: '\uD800' }, 'unreadable session'],
])('a session with %j is no fact', (changes, problem) => {
  expect(sessionFact({ ...session, ...changes })).toEqual({ fact: null, problem })
})

it.each(['', null, 7, [], {}])('%j is no session and no event', (value) => {
  expect(sessionFact(value).problem).toBe('unreadable session')
  expect(() => readStripeEvent(value)).toThrow()
})

it.each([
  ['refund', 'pending', 'taken'],
  ['refund', 'requires_action', 'taken'],
  ['refund', 'succeeded', 'taken'],
  ['refund', null, 'taken'],
  ['refund', 'failed', 'undone'],
  ['refund', 'canceled', 'undone'],
  ['dispute', 'warning_needs_response', 'noted'],
  ['dispute', 'warning_closed', 'noted'],
  ['dispute', 'prevented', 'noted'],
  ['dispute', 'needs_response', 'taken'],
  ['dispute', 'under_review', 'taken'],
  ['dispute', 'lost', 'taken'],
  ['dispute', 'a word of next year', 'taken'],
  ['dispute', 'won', 'undone'],
] as const)('a %s that is %s counts as %s', (kind, status, state) => {
  expect(reversalState(kind, status)).toBe(state)
})

it('reads a payment with everything taken back of it; fractional and negative amounts are unreadable', () => {
  const intent = { id: 'pi_1', metadata: { purchase_id: purchase } }
  const refund = { id: 're_1', amount: 100, currency: 'usd', status: 'succeeded' }

  expect(paymentFact({ intent, refunds: [refund], disputes: [] }).fact).toMatchObject({
    purchase,
    reversals: [{ id: 're_1', kind: 'refund', amount: 100, state: 'taken' }],
  })
  for (const amount of [-1, 0.5, '100', null]) {
    const bad = paymentFact({ intent, refunds: [{ ...refund, amount }], disputes: [] })
    expect(bad).toEqual({ fact: null, problem: 'unreadable payment' })
  }
  expect(paymentFact({ intent: { id: 'pi_2', metadata: {} }, refunds: [], disputes: [] })).toEqual({
    fact: null,
    problem: null,
  })
})

it('what is stored of an event names no person', () => {
  const told = {
    ...session,
    customer_details: { email: 'a@b.c' },
    customer: 'cus_1',
    customer_email: 'a@b.c',
    url: 'https://x',
  }

  expect(Object.keys(storedPayload(told)).toSorted()).toEqual([
    'amount_total',
    'client_reference_id',
    'currency',
    'id',
    'mode',
    'object',
    'payment_intent',
    'payment_status',
    'status',
  ])
})
