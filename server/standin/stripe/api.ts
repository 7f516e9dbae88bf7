import { createHash, timingSafeEqual } from 'node:crypto'
import { type Context, Hono } from 'hono'
import { ApiError, invalid, missing } from './errors.ts'
import { once } from './idempotency.ts'
import type { Register } from './register.ts'
import { expanded, readRequest, requests } from './requests.ts'
import type { StripeObject } from './store.ts'

type Kind = 'customer' | 'checkout.session' | 'payment_intent' | 'charge' | 'refund' | 'dispute' | 'event'

/** Every kind that can be read back, and where. */
const readable: readonly (readonly [path: string, kind: Kind])[] = [
  ['/customers', 'customer'],
  ['/checkout/sessions', 'checkout.session'],
  ['/payment_intents', 'payment_intent'],
  ['/charges', 'charge'],
  ['/refunds', 'refund'],
  ['/disputes', 'dispute'],
  ['/events', 'event'],
]

/** The part of `/v1` that the server uses, with Stripe's encoding, errors, paging and idempotency. */
export function apiRoutes(register: Register, secretKey: string): Hono {
  const app = new Hono()
  app.use(async (c, next) => {
    if (!isKey(c.req.header('authorization'), secretKey)) {
      throw new ApiError(401, { type: 'invalid_request_error', message: 'Invalid API Key provided' })
    }
    await next()
  })
  for (const [path, kind] of readable) {
    app.get(path, (c) => c.json(list(register, c, kind)))
    app.get(`${path}/:id`, (c) => {
      const object = need(register, kind, c.req.param('id'))
      return c.json(shown(register, object, expanded(query(c))))
    })
  }
  app.delete('/customers/:id', (c) => {
    const { id } = need(register, 'customer', c.req.param('id'))
    register.store.remove(id)
    register.store.save()
    return c.json({ id, object: 'customer', deleted: true })
  })
  post(app, register, '/customers', (text) => register.createCustomer(readRequest(requests.customer, text).metadata))
  post(app, register, '/checkout/sessions', (text, c) => createSession(register, text, origin(c)))
  post(app, register, '/checkout/sessions/:id/expire', (_text, c) => {
    const session = need(register, 'checkout.session', c.req.param('id') ?? '')
    if (!register.expire(session.id)) throw invalid('Only open sessions can be expired.')
    return shown(register, session, [])
  })
  post(app, register, '/refunds', (text) => createRefund(register, text))
  post(app, register, '/billing_portal/sessions', (text, c) => {
    const { customer, return_url: back } = readRequest(requests.portal, text)
    need(register, 'customer', customer, 'customer')
    const session = { id: register.store.id('bps'), object: 'billing_portal.session', created: 0, customer }
    register.store.add({ ...session, return_url: back ?? null })
    return { ...session, livemode: false, return_url: back, url: `${origin(c)}/p/session/${session.id}` }
  })
  return app
}

function createSession(register: Register, text: string, at: string): StripeObject {
  const wish = readRequest(requests.session, text)
  if (wish.customer !== undefined) need(register, 'customer', wish.customer, 'customer')
  const [item] = wish.line_items
  if (item === undefined || item.price_data.unit_amount < 50) throw invalid('Amount too small', 'line_items')
  const session = register.createSession(
    {
      customer: wish.customer ?? null,
      reference: wish.client_reference_id ?? null,
      metadata: wish.metadata,
      intentMetadata: wish.payment_intent_data.metadata,
      title: item.price_data.product_data.name,
      amount: item.price_data.unit_amount,
      currency: item.price_data.currency,
      successUrl: wish.success_url,
      cancelUrl: wish.cancel_url ?? null,
    },
    at,
  )
  return shown(register, session, [])
}

function createRefund(register: Register, text: string): StripeObject {
  const { payment_intent: intent, charge: id, amount } = readRequest(requests.refund, text)
  const charge = intent === undefined ? register.store.get('charge', id ?? '') : register.chargeOf(intent)
  if (charge === null) throw missing('charge', intent ?? id ?? '')
  const refund = register.refund(charge, amount ?? null)
  if (refund === null) throw invalid('Refund amount is greater than unrefunded amount on charge', 'amount')
  return refund
}

function post(app: Hono, register: Register, path: string, run: (text: string, c: Context) => unknown): void {
  app.post(path, async (c) => {
    const form = await c.req.text()
    const key = c.req.header('idempotency-key') ?? null
    const answer = once(register.store, { key, path: c.req.path, form }, () => run(form, c))
    register.store.save()
    return c.json(answer.body, 200, answer.replayed ? { 'idempotent-replayed': 'true' } : {})
  })
}

function list(register: Register, c: Context, kind: Kind) {
  const wish = readRequest(requests.list, query(c))
  const fits = (object: StripeObject): boolean =>
    (['payment_intent', 'charge', 'customer'] as const).every(
      (name) => wish[name] === undefined || object[name] === wish[name],
    ) &&
    object.created >= (wish.created.gte ?? 0) &&
    object.created <= (wish.created.lte ?? Infinity)
  const all = register.store.list(kind, fits)
  const from = wish.starting_after === undefined ? 0 : all.findIndex(({ id }) => id === wish.starting_after) + 1
  const page = all.slice(from, from + Math.min(wish.limit, 100))
  const data = page.map((object) => shown(register, object, []))
  return { object: 'list', url: c.req.path, has_more: from + page.length < all.length, data }
}

/** The object as Stripe shows it: our own fields hidden, what was asked for expanded. */
function shown(register: Register, object: StripeObject, names: readonly string[]): StripeObject {
  const { title: _title, intent_metadata: _metadata, ...rest } = object
  const copy: StripeObject = rest
  if (names.includes('latest_charge'))
    copy['latest_charge'] = register.store.get('charge', String(rest['latest_charge']))
  return copy
}

function need(register: Register, kind: Kind, id: string, param?: string): StripeObject {
  const object = register.store.get(kind, id)
  if (object === null) throw missing(kind, id, param)
  return object
}

function query(c: Context): string {
  return new URL(c.req.url).search
}

function origin(c: Context): string {
  return new URL(c.req.url).origin
}

function isKey(header: string | undefined, secretKey: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(header ?? ''), digest(`Bearer ${secretKey}`))
}
