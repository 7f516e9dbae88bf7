import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { createApp } from '#server/app.ts'
import { sign } from '#server/standin/stripe/deliver.ts'
import type { StripeObject } from '#server/standin/stripe/store.ts'
import type { Person } from '#server/testing/live-server.ts'
import { type Shop, shopKeys, startShop, twist } from '#server/testing/shop.ts'
import { expectInvariants } from '#supabase/tests/invariants.ts'

let shop: Shop
let artist: Person
beforeAll(async () => {
  shop = await startShop()
})
afterAll(() => shop[Symbol.asyncDispose]())
beforeEach(async () => {
  artist = await shop.server.permanent()
})
afterEach(async () => {
  await expectInvariants(shop.server.db)
  await shop.server.db.pool.query('update alerts set closed_at = now() where closed_at is null')
})

async function paid(pack = 'spark') {
  const { session, id } = await shop.begin(artist, pack)
  shop.pay(session)
  const [completed] = shop.events('checkout.session.completed')
  if (completed === undefined) throw new Error('no event')
  return { session, id, completed, charge: shop.charge(session) }
}

const state = async (id: string) => (await artist.api.credits.purchase.query({ id })).state

async function stored(event: StripeObject) {
  const { rows } = await shop.server.db.pool.query('select problem, payload from stripe_events where id = $1', [
    event.id,
  ])
  return rows
}

it('D06 a paid session grants its pack once, delivered ten times at once', async () => {
  const { completed, id } = await paid('ember')

  const answers = await Promise.all(Array.from({ length: 10 }, () => shop.deliver(completed)))

  expect(new Set(answers)).toEqual(new Set([200]))
  expect(await shop.balance(artist)).toBe(120)
  expect(await state(id)).toBe('paid')
})

it('D07 a delayed payment grants when it arrives and not before; the events may swap', async () => {
  const [straight, swapped] = [await shop.begin(artist), await shop.begin(artist)]
  for (const { session } of [straight, swapped]) shop.pay(session, 'delayed')
  const [swappedDone, straightDone] = shop.events('checkout.session.completed')
  expect(await shop.deliver(straightDone as StripeObject)).toBe(200)
  expect([await shop.balance(artist), await state(straight.id)]).toEqual([0, 'processing'])

  shop.settle()
  for (const event of shop.events('checkout.session.async_payment_succeeded')) await shop.deliver(event)
  await shop.deliver(swappedDone as StripeObject)

  expect(await shop.balance(artist)).toBe(100)
  expect([await state(straight.id), await state(swapped.id)]).toEqual(['paid', 'paid'])
})

it('D07 a delayed payment that fails, and a session that expires, grant nothing and say so', async () => {
  const [failing, left] = [await shop.begin(artist), await shop.begin(artist)]
  shop.pay(failing.session, 'delayed-fails')
  shop.settle()
  shop.register.expire(left.session)

  for (const type of ['completed', 'async_payment_failed', 'expired']) {
    const [event] = shop.events(`checkout.session.${type}`)
    expect(await shop.deliver(event as StripeObject)).toBe(200)
  }

  expect(await shop.balance(artist)).toBe(0)
  expect([await state(failing.id), await state(left.id)]).toEqual(['failed', 'expired'])
})

it('D08 a refund that arrives before the payment ends at nothing', async () => {
  const { completed, charge } = await paid()
  shop.register.refund(charge, null)
  const [refunded] = shop.events('charge.refunded')

  expect(await shop.deliver(refunded as StripeObject)).toBe(200)
  await shop.deliver(completed)

  expect(await shop.balance(artist)).toBe(0)
})

it('D09 two refunds of 30 % and a dispute, in any order and twice, take what they are worth and no more', async () => {
  const { completed, charge } = await paid()
  await shop.deliver(completed)
  shop.register.refund(charge, 150)
  const second = shop.register.refund(charge, 150)
  const refunds = shop.events('charge.refunded').slice(0, 2)
  for (const event of [...refunds, ...refunds]) await shop.deliver(event)
  expect(await shop.balance(artist)).toBe(20)

  shop.register.failRefund(second?.id ?? '')
  await shop.deliver(shop.events('refund.failed')[0] as StripeObject)
  expect(await shop.balance(artist)).toBe(35)

  const dispute = shop.register.dispute(charge)
  for (const event of shop.eventsOf(dispute.id)) await shop.deliver(event)
  expect(await shop.balance(artist)).toBe(0)
  shop.register.closeDispute(dispute.id, 'won')
  for (const event of shop.eventsOf(dispute.id).toReversed()) await shop.deliver(event)
  expect(await shop.balance(artist)).toBe(35)
})

it('an inquiry that closes without a dispute takes nothing', async () => {
  const { completed, charge } = await paid()
  await shop.deliver(completed)

  const inquiry = shop.register.dispute(charge, 'warning_needs_response')
  shop.register.closeDispute(inquiry.id, 'warning_closed')
  for (const event of shop.eventsOf(inquiry.id)) await shop.deliver(event)

  expect(await shop.balance(artist)).toBe(50)
})

it('D10 a bad signature, an old one, a wrong secret and a body that was parsed again are refused and leave no trace', async () => {
  const { completed } = await paid()
  const now = Math.floor(Date.now() / 1_000)
  const { body, signature } = sign(completed, shopKeys.webhookSecret)

  const statuses = [
    await shop.deliver(completed, { secret: 'whsec_wrong' }),
    await shop.deliver(completed, { at: now - 301 }),
    await shop.deliver(completed, { body: JSON.stringify(JSON.parse(body), null, 2), signature }),
    await shop.deliver(completed, { body: body.replace('500', '5'), signature }),
    await shop.deliver(completed, { signature: '' }),
    await shop.deliver(completed, { signature: `t=${now},v1=${'0'.repeat(64)}` }),
    await shop.deliver(completed, { signature: signature.replace('v1=', 'v0=') }),
    await shop.deliver(completed, { body: '' }),
  ]

  expect(statuses).toEqual(Array(8).fill(400))
  expect(await stored(completed)).toEqual([])
  expect(await shop.balance(artist)).toBe(0)
  expect(await shop.deliver(completed, { at: now - 290 })).toBe(200)
})

it('a body longer than any event is refused before it is read to its end', async () => {
  const request = { method: 'POST', body: 'x'.repeat(300_000), headers: { 'content-length': '300000' } }

  const answer = await createApp(shop.server.deps).request('/stripe/webhook', request)

  // What is left of the body would be read as the next request.
  expect([answer.status, answer.headers.get('connection')]).toEqual([413, 'close'])
})

it.each([
  ['not json at all', 'nonsense'],
  ['no event', '{"id": 7}'],
  ['no object', '{"id": "evt_x", "type": "checkout.session.completed"}'],
  ['null', 'null'],
])('a signed body that is %s is refused', async (_what, text) => {
  // The library signs whatever it is given.
  const { Stripe } = await import('stripe')
  const signature = Stripe.webhooks.generateTestHeaderString({ payload: text, secret: shopKeys.webhookSecret })

  expect(await shop.deliver({ id: '', object: '', created: 0 }, { body: text, signature })).toBe(400)
})

it.each<[string, Record<string, unknown>]>([
  ['amount', { amount_total: 1 }],
  ['amount', { amount_total: -500 }],
  ['amount', { amount_total: 499.99 }],
  ['amount', { amount_total: null }],
  ['unreadable session', { amount_total: '500' }],
  ['unreadable session', { payment_status: 7 }],
  ['unreadable session', { currency: 'usd\0' }],
  ['currency', { currency: 'idr' }],
  ['mode', { mode: 'subscription' }],
  ['session', { id: 'cs_test_other' }],
  ['purchase', { client_reference_id: null }],
  ['purchase', { client_reference_id: randomUUID() }],
  ['purchase', { client_reference_id: 'x', metadata: { purchase_id: 'x', pack_id: 'spark' } }],
])('D12 a session with a wrong %s (%j) is stored and told of, and grants nothing', async (problem, changes) => {
  const { completed } = await paid()
  const wrong = twist(completed, changes)

  expect(await shop.deliver(wrong)).toBe(200)

  expect(await stored(wrong)).toMatchObject([{ problem }])
  expect(await shop.openAlerts()).toEqual([problem])
  expect(await shop.balance(artist)).toBe(0)
})

it('D12 a session for another pack than was chosen grants nothing', async () => {
  const { completed, id } = await paid()

  await shop.deliver(twist(completed, { metadata: { purchase_id: id, pack_id: 'ember' } }))

  expect(await shop.openAlerts()).toEqual(['pack'])
  expect(await shop.balance(artist)).toBe(0)
})

it('D12 an unknown type is stored and ignored; the person who paid is not in what is stored', async () => {
  const { completed } = await paid()
  const odd = twist(completed, {}, { type: 'radar.early_fraud_warning.created' })
  const personal = twist(completed, { customer_details: { email: 'mara@example.test' }, customer: 'cus_x' })

  expect([await shop.deliver(odd), await shop.deliver(personal)]).toEqual([200, 200])

  expect(await stored(odd)).toMatchObject([{ problem: null }])
  expect(JSON.stringify(await stored(personal))).not.toMatch(/mara|cus_x/)
  expect(await shop.openAlerts()).toEqual([])
})

it('D12 in another API version only what Stripe says in ours counts, and it is told of', async () => {
  const { session } = await shop.begin(artist)
  const lying = twist(
    { ...(await paid()).completed },
    { id: session, payment_status: 'paid' },
    { api_version: '2020-08-27' },
  )
  const { completed } = await paid('ember')
  const honest = twist(completed, { amount_total: 'gone' }, { api_version: null })

  expect([await shop.deliver(lying), await shop.deliver(honest)]).toEqual([200, 200])

  expect(await shop.openAlerts()).toEqual(['API version 2020-08-27', 'API version none'])
  expect(await shop.balance(artist)).toBe(120)
})

it('a live event is nothing to a test key, and a payment that Stripe does not know takes nothing', async () => {
  const { completed, charge } = await paid()
  await shop.deliver(twist(completed, {}, { livemode: true }))
  const ghost = twist(completed, { payment_intent: 'pi_ghost' }, { type: 'charge.refunded' })
  const foreign = twist(completed, { payment_intent: null }, { type: 'charge.dispute.created' })
  await shop.deliver(completed)

  expect([await shop.deliver(ghost), await shop.deliver(foreign)]).toEqual([200, 200])

  expect(await shop.openAlerts()).toEqual(['livemode', 'unknown payment'])
  expect(await shop.balance(artist)).toBe(50)
  expect(charge['amount_refunded']).toBe(0)
})

it('a sale of something else on the same Stripe account is none of ours', async () => {
  const { completed } = await paid()

  await shop.deliver(twist(completed, { client_reference_id: null, metadata: { order: '7' } }))

  expect(await shop.openAlerts()).toEqual([])
})

it('D11 while the database is gone the event is put off, and the redelivery grants', async () => {
  const { completed } = await paid()
  await shop.server.db.pool.query('alter function public.handle_stripe_event rename to gone')
  const during = await shop.deliver(completed)
  await shop.server.db.pool.query('alter function public.gone rename to handle_stripe_event')

  expect(during).toBeGreaterThanOrEqual(500)
  // Committed, but the answer was lost: Stripe delivers again, and again.
  expect([await shop.deliver(completed), await shop.deliver(completed)]).toEqual([200, 200])
  expect(await shop.balance(artist)).toBe(50)
})
