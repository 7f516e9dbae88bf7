import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { type Shop, startShop, twist } from '#server/testing/shop.ts'
import { expectInvariants } from '#supabase/tests/invariants.ts'
import { reconcile } from './reconcile.ts'

let shop: Shop
beforeAll(async () => {
  shop = await startShop()
})
afterAll(() => shop[Symbol.asyncDispose]())
afterEach(() => expectInvariants(shop.server.db))

function run() {
  const { database, payments } = shop.server.deps
  if (payments === null) throw new Error('no payments')
  return reconcile({ database, payments }, Date.now() - 3_600_000)
}

it('repairs what no webhook brought: payments, delayed ones, failures, refunds and disputes; and a second run finds nothing', async () => {
  const artist = await shop.server.permanent()
  const sales = [await shop.begin(artist), await shop.begin(artist), await shop.begin(artist), await shop.begin(artist)]
  const [card, later, failing, left] = sales.map(({ session }) => session)
  shop.pay(card ?? '')
  shop.pay(later ?? '', 'delayed')
  shop.pay(failing ?? '', 'delayed-fails')
  shop.settle()
  shop.register.expire(left ?? '')
  shop.register.refund(shop.charge(card ?? ''), 250)

  const first = await run()
  const second = await run()

  expect(first.problems).toEqual([])
  expect(first.repaired).toHaveLength(3)
  expect(second).toMatchObject({ repaired: [], problems: [] })
  expect(await shop.balance(artist)).toBe(75)

  const dispute = shop.register.dispute(shop.charge(later ?? ''))
  expect((await run()).repaired).toEqual([`purchase ${sales[1]?.id}: 50 credits taken back`])
  shop.register.closeDispute(dispute.id, 'won')
  expect((await run()).repaired).toEqual([`purchase ${sales[1]?.id}: 50 credits returned`])
})

it('mends a purchase whose event was refused, and closes its alert', async () => {
  const artist = await shop.server.permanent()
  const { session } = await shop.begin(artist)
  shop.pay(session)
  const [completed] = shop.events('checkout.session.completed')
  await shop.deliver(twist(completed ?? { id: '', object: '', created: 0 }, { amount_total: 1 }))
  expect(await shop.openAlerts()).toEqual(['amount'])

  await run()

  expect(await shop.openAlerts()).toEqual([])
  expect(await shop.balance(artist)).toBe(50)
})

it('says what it cannot mend: credits for a session that Stripe does not have, or calls unpaid', async () => {
  const artist = await shop.server.permanent()
  const [gone, unpaid] = [await shop.begin(artist), await shop.begin(artist)]
  for (const { session } of [gone, unpaid]) {
    shop.pay(session)
    await shop.deliver(shop.events('checkout.session.completed')[0] ?? { id: '', object: '', created: 0 })
  }
  shop.register.store.remove(gone.session)
  Object.assign(shop.register.store.get('checkout.session', unpaid.session) ?? {}, { payment_status: 'unpaid' })

  const { problems } = await run()

  expect(problems.toSorted()).toEqual(
    [
      `purchase ${gone.id}: granted, but Stripe has no session ${gone.session}`,
      `purchase ${unpaid.id}: granted but not paid`,
    ].toSorted(),
  )
})
