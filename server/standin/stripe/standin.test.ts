import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { Hono } from 'hono'
import { Stripe } from 'stripe'
import { expect, it, onTestFinished } from 'vitest'
import { listen } from '#server/listen.ts'
import { type StandinOptions, startStripeStandin } from './standin.ts'

const secretKey = 'sk_test_unit'

async function start(options: Partial<StandinOptions> = {}) {
  const standin = await startStripeStandin({ port: 0, secretKey, webhook: null, file: null, ...options })
  onTestFinished(() => standin.stop())
  const { hostname: host, port } = new URL(standin.url)
  const client = (key = secretKey) => new Stripe(key, { host, port, protocol: 'http', maxNetworkRetries: 0 })
  return { ...standin, stripe: client(), client }
}

const order: Stripe.Checkout.SessionCreateParams = {
  mode: 'payment',
  line_items: [
    { quantity: 1, price_data: { currency: 'usd', unit_amount: 500, product_data: { name: '50 credits' } } },
  ],
  success_url: 'http://127.0.0.1:1/done?session={CHECKOUT_SESSION_ID}',
  cancel_url: 'http://127.0.0.1:1/back',
}

it('answers the same request under one key with the first answer, and refuses another under it', async () => {
  const { stripe } = await start()
  const first = await stripe.checkout.sessions.create(order, { idempotencyKey: 'one' })
  const again = await stripe.checkout.sessions.create(order, { idempotencyKey: 'one' })

  expect(again.id).toBe(first.id)
  expect(again.lastResponse.headers['idempotent-replayed']).toBe('true')
  await expect(
    stripe.checkout.sessions.create({ ...order, client_reference_id: 'x' }, { idempotencyKey: 'one' }),
  ).rejects.toBeInstanceOf(Stripe.errors.StripeIdempotencyError)
})

it('speaks Stripe’s errors: a wrong key, a missing object, an unknown parameter, too small an amount', async () => {
  const { stripe, client } = await start()
  const bad = { ...order, surprise: 'yes' }

  await expect(client('sk_test_other').customers.create()).rejects.toBeInstanceOf(
    Stripe.errors.StripeAuthenticationError,
  )
  await expect(stripe.paymentIntents.retrieve('pi_none')).rejects.toMatchObject({ code: 'resource_missing' })
  await expect(stripe.checkout.sessions.create(bad)).rejects.toBeInstanceOf(Stripe.errors.StripeInvalidRequestError)
  await expect(stripe.checkout.sessions.create({ ...order, customer: 'cus_none' })).rejects.toMatchObject({
    code: 'resource_missing',
    param: 'customer',
  })
})

it('pages lists as the library walks them', async () => {
  const { stripe } = await start()
  for (let count = 0; count < 5; count += 1) await stripe.checkout.sessions.create(order)

  const all = await stripe.checkout.sessions.list({ limit: 2 }).autoPagingToArray({ limit: 100 })

  expect(new Set(all.map(({ id }) => id)).size).toBe(5)
})

it('shows a page to pay on, labelled, and sends the buyer back; a page is paid once', async () => {
  const { stripe } = await start()
  const session = await stripe.checkout.sessions.create(order)
  const pay = () =>
    fetch(session.url ?? '', { method: 'POST', body: new URLSearchParams({ how: 'card' }), redirect: 'manual' })

  const shown = await (await fetch(session.url ?? '')).text()
  const [first, second] = [await pay(), await pay()]

  expect(shown).toContain('no real money moves')
  expect(shown).toContain('$5.00')
  expect([first.status, first.headers.get('location')]).toEqual([303, `http://127.0.0.1:1/done?session=${session.id}`])
  expect(second.status).toBe(409)
  expect(await stripe.checkout.sessions.retrieve(session.id)).toMatchObject({ payment_status: 'paid' })
})

it('delivers signed events again until they are taken, also after a restart', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'forge-stripe-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const taken: string[] = []
  let refusals = 1
  const app = new Hono().post('/', async (c) => {
    refusals -= 1
    if (refusals >= 0) return c.body(null, 500)
    const header = c.req.header('stripe-signature') ?? ''
    const event = await Stripe.webhooks.constructEventAsync(await c.req.text(), header, 'whsec_unit')
    taken.push(event.type)
    return c.json({})
  })
  const endpoint = await listen(app.fetch, '127.0.0.1', 0)
  onTestFinished(() => endpoint.close(0))
  const file = join(folder, 'stripe.json')
  const before = await start({ file })
  const session = await before.stripe.checkout.sessions.create(order)
  before.register.expire(session.id)
  await before.stop()

  const after = await start({ file, webhook: { url: endpoint.url, secret: 'whsec_unit' } })
  for (let tries = 0; tries < 60 && taken.length === 0; tries += 1) await wait(50)

  expect(taken).toEqual(['checkout.session.expired'])
  expect(await after.stripe.checkout.sessions.retrieve(session.id)).toMatchObject({ status: 'expired' })
})
