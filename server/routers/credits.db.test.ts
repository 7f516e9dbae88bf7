import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest'
import { refusalOf } from '#server/testing/live-server.ts'
import { type Shop, startShop } from '#server/testing/shop.ts'
import { expectInvariants } from '#supabase/tests/invariants.ts'

let shop: Shop
beforeAll(async () => {
  shop = await startShop()
})
afterAll(() => shop[Symbol.asyncDispose]())
afterEach(() => expectInvariants(shop.server.db))

const press = (pack = 'spark') => ({ requestId: randomUUID(), pack })

it('the shelf is public, with the price of one credit and of an image of each mode', async () => {
  await shop.server.changeSettings(`variants = '{"remix": "schnell", "tonic": "dev"}'`)

  const { packs, modes, open, standIn } = await shop.server.api(null).credits.packs.query()

  expect(packs).toMatchObject([
    { id: 'spark', credits: 50, amountCents: 500, currency: 'usd', perCreditCents: 10 },
    { id: 'ember', credits: 120, amountCents: 1_000 },
  ])
  // The model of tonic/dev may not be sold, so no pack promises it.
  expect(modes).toEqual([{ key: 'remix', title: 'Remix', price: expect.any(Number) }])
  expect([open, standIn]).toEqual([true, true])
})

it('a purchase asked for again is the same one, on the same page, for one customer', async () => {
  const artist = await shop.server.permanent()
  const wish = press()

  const answers = await Promise.all(Array.from({ length: 5 }, () => artist.api.credits.checkout.mutate(wish)))
  const other = await artist.api.credits.checkout.mutate(press('ember'))

  expect(new Set(answers.map(({ url }) => url)).size).toBe(1)
  const sessions = shop.register.store.list('checkout.session', (one) => one['client_reference_id'] === wish.requestId)
  expect(sessions).toMatchObject([{ amount_total: 500, metadata: { purchase_id: wish.requestId, pack_id: 'spark' } }])
  const [second] = shop.register.store.list(
    'checkout.session',
    (one) => one['client_reference_id'] === other.purchaseId,
  )
  expect(second?.['customer']).toBe(sessions[0]?.['customer'])
})

it('D13 what a buyer sends about price or credits is refused, and unknown packs are', async () => {
  const artist = await shop.server.permanent()
  const withPrice = { ...press(), amountCents: 1, credits: 9_000 }

  expect(await refusalOf(artist.api.credits.checkout.mutate(withPrice))).toMatchObject({ code: 'INVALID_INPUT' })
  expect(await refusalOf(artist.api.credits.checkout.mutate(press('gold')))).toMatchObject({ code: 'NOT_FOUND' })
  expect(await refusalOf(artist.api.credits.checkout.mutate(press('spark\0')))).toMatchObject({ code: 'INVALID_INPUT' })
  expect(await refusalOf(artist.api.credits.checkout.mutate({ requestId: '1', pack: 'spark' }))).toMatchObject({
    code: 'INVALID_INPUT',
  })
})

it('a guest is asked to make an account first, and a visitor to sign in', async () => {
  const guest = await shop.server.anonymous()

  expect(await refusalOf(guest.api.credits.checkout.mutate(press()))).toMatchObject({ code: 'ACCOUNT_REQUIRED' })
  expect(await refusalOf(shop.server.api(null).credits.checkout.mutate(press()))).toMatchObject({
    code: 'UNAUTHENTICATED',
  })
})

it('E01 another account sees no purchase, receipt or movement of mine, and cannot take over its id', async () => {
  const [mine, theirs] = [await shop.server.permanent(), await shop.server.permanent()]
  const { id, session } = await shop.begin(mine)
  shop.pay(session)
  for (const event of shop.eventsOf(session)) await shop.deliver(event)

  expect(await refusalOf(theirs.api.credits.purchase.query({ id }))).toMatchObject({ code: 'NOT_FOUND' })
  expect(await refusalOf(theirs.api.credits.receipt.mutate({ id }))).toMatchObject({ code: 'NOT_FOUND' })
  expect(await refusalOf(theirs.api.credits.checkout.mutate({ requestId: id, pack: 'spark' }))).toMatchObject({
    code: 'REQUEST_ID_REUSED',
  })
  expect(await theirs.api.credits.history.query({})).toEqual({ items: [], nextCursor: null })
  expect((await theirs.api.credits.export.query()).csv.split('\r\n')).toHaveLength(2)
})

it('the success page’s question grants nothing by itself; a paid purchase has a receipt, a portal and no second payment', async () => {
  const artist = await shop.server.permanent()
  expect(await refusalOf(artist.api.credits.portal.mutate())).toMatchObject({ code: 'NOT_FOUND' })
  const { id, session } = await shop.begin(artist)
  shop.pay(session)

  expect(await artist.api.credits.purchase.query({ id })).toMatchObject({ state: 'open', credits: 50, balance: 0 })
  expect(await refusalOf(artist.api.credits.receipt.mutate({ id }))).toMatchObject({ code: 'NOT_FOUND' })
  for (const event of shop.eventsOf(session)) await shop.deliver(event)

  expect(await artist.api.credits.purchase.query({ id })).toMatchObject({ state: 'paid', balance: 50 })
  expect((await artist.api.credits.receipt.mutate({ id })).url).toContain('/receipts/ch_')
  const portal = await fetch((await artist.api.credits.portal.mutate()).url)
  expect(await portal.text()).toContain('$5.00')
  expect(await refusalOf(artist.api.credits.checkout.mutate({ requestId: id, pack: 'spark' }))).toMatchObject({
    code: 'PURCHASE_CLOSED',
  })
})

it('a customer deleted at Stripe is replaced at the next purchase', async () => {
  const artist = await shop.server.permanent()
  await shop.begin(artist)
  const customer = await shop.server.deps.database.customer(artist.id)
  shop.register.store.remove(customer ?? '')

  const { session } = await shop.begin(artist)

  const kept = await shop.server.deps.database.customer(artist.id)
  expect(kept).not.toBe(customer)
  expect(shop.register.store.get('checkout.session', session)?.['customer']).toBe(kept)
})

it('the history pages through every movement with its balance, narrows by kind, and exports as CSV', async () => {
  const artist = await shop.server.permanent()
  const { id, session } = await shop.begin(artist)
  shop.pay(session)
  for (const event of shop.eventsOf(session)) await shop.deliver(event)
  shop.register.refund(shop.charge(session), 100)
  await shop.deliver(shop.events('charge.refunded')[0] ?? { id: '', object: '', created: 0 })
  const { history } = artist.api.credits

  const first = await history.query({ limit: 1 })
  const rest = await history.query({ limit: 10, cursor: first.nextCursor })

  expect(first.items).toMatchObject([{ kind: 'clawed', delta: -10, balanceAfter: 40, purchaseId: id, job: null }])
  expect(rest).toMatchObject({ items: [{ kind: 'bought', delta: 50, balanceAfter: 50 }], nextCursor: null })
  expect((await history.query({ show: 'spent' })).items).toEqual([])
  expect((await history.query({ show: 'bought' })).items).toHaveLength(2)
  expect(await refusalOf(history.query({ cursor: '1; drop table ledger' }))).toMatchObject({ code: 'INVALID_INPUT' })
  const { csv } = await artist.api.credits.export.query()
  expect(csv.split('\r\n')[2]).toMatch(new RegExp(`^\\d{4}-.*Z,bought,50,50,,,${id}$`))
})

it('without Stripe’s answer nothing is sold, and the purchase can be asked for again', async () => {
  const artist = await shop.server.permanent()
  const wish = press()
  const down = vi.spyOn(shop.register.store, 'add').mockImplementation(() => {
    throw new Error('down')
  })
  const refused = await refusalOf(artist.api.credits.checkout.mutate(wish))
  down.mockRestore()

  expect(refused).toMatchObject({ code: 'UNAVAILABLE' })
  expect(await artist.api.credits.checkout.mutate(wish)).toMatchObject({ purchaseId: wish.requestId })
})
