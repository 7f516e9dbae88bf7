import { randomBytes } from 'node:crypto'
import type { HttpBindings } from '@hono/node-server'
import { Hono, type Context } from 'hono'
import { z } from 'zod'
import { standinFault } from './faults.ts'
import { models } from './models.ts'
import type { StandinProvider } from './provider.ts'

/** The account's name, by which a worker knows that no GPU is behind it. */
export const standinAccount = 'forge-standin'

type Env = { Bindings: HttpBindings }

const created = z.strictObject({ input: z.record(z.string(), z.unknown()) })
const unitMs = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const

/** `90s`, `1m30s`, `1h`, or plain seconds; null when absent. */
export function durationMs(text: string | undefined): number | null {
  if (text === undefined) return null
  if (/^\d+$/.test(text)) return Number(text) * 1_000
  const parts = [...text.matchAll(/(\d+)(ms|s|m|h)/g)]
  return parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * unitMs[unit as keyof typeof unitMs], 0)
}

const problem = (c: Context<Env>, status: number, title: string, detail = title) =>
  c.json({ title, detail, status }, status as 400)

/** A connection that ends without an answer. */
function cut(c: Context<Env>): Response {
  c.env.incoming.socket.destroy()
  return c.body(null, 500)
}

function apiRoutes(provider: StandinProvider, token: string): Hono<Env> {
  const { faults } = provider
  const app = new Hono<Env>()
  app.use(async (c, next) =>
    c.req.header('authorization') === `Bearer ${token}` ? next() : problem(c, 401, 'Unauthenticated'),
  )
  const base = (c: Context<Env>) => new URL(c.req.url).origin
  app.get('/account', (c) => c.json({ type: 'user', username: standinAccount, name: 'Replicate stand-in: no GPU' }))
  app.get('/models/:owner/:name', (c) => {
    const facts = models[`${c.req.param('owner')}/${c.req.param('name')}`]
    if (!facts) return problem(c, 404, 'Model not found')
    const properties = Object.fromEntries(facts.inputs.map((name) => [name, {}]))
    return c.json({ latest_version: { openapi_schema: { components: { schemas: { Input: { properties } } } } } })
  })
  app.post('/models/:owner/:name/predictions', async (c) => {
    const model = `${c.req.param('owner')}/${c.req.param('name')}`
    const facts = models[model]
    const body = created.safeParse(await c.req.json().catch(() => null))
    const throttle = faults.take('throttle')
    if (throttle) {
      const words = `Request was throttled. Your rate limit resets in ~${throttle.seconds}s.`
      if (throttle.header) c.header('retry-after', String(throttle.seconds))
      return c.json({ detail: throttle.header ? 'Request was throttled.' : words, status: 429 }, 429)
    }
    if (!facts) return problem(c, 404, 'Model not found')
    if (!body.success) return problem(c, 422, 'Input validation failed')
    const unknown = Object.keys(body.data.input).find((name) => !facts.inputs.includes(name))
    if (unknown !== undefined) return problem(c, 422, 'Input validation failed', `${unknown} is not an input`)
    const status = faults.take('create-status')
    if (status && !status.taken) return problem(c, status.status, 'The stand-in was told to')
    const broken = faults.take('create-cut')
    if (broken && !broken.taken) return cut(c)
    const held = provider.create(model, body.data.input, durationMs(c.req.header('cancel-after')))
    if (status) return problem(c, status.status, 'The stand-in was told to')
    return broken ? cut(c) : c.json(provider.view(held, base(c)), 201)
  })
  app.get('/predictions', (c) => {
    const status = faults.take('list-status')
    if (status) return problem(c, status.status, 'The stand-in was told to')
    return c.json({ next: null, previous: null, results: provider.list().map((held) => provider.view(held, base(c))) })
  })
  app.get('/predictions/:id', (c) => {
    const status = faults.take('get-status')
    if (status) return problem(c, status.status, 'The stand-in was told to')
    const held = provider.find(c.req.param('id'))
    return held ? c.json(provider.view(held, base(c))) : problem(c, 404, 'Prediction not found')
  })
  app.post('/predictions/:id/cancel', (c) => {
    const held = provider.find(c.req.param('id'))
    if (!held) return problem(c, 404, 'Prediction not found')
    held.canceledAt ??= provider.now()
    return c.json(provider.view(held, base(c)))
  })
  app.post('/files', async (c) => {
    const { content } = await c.req.parseBody()
    if (!(content instanceof File)) return problem(c, 400, 'No content')
    const id = randomBytes(16).toString('base64url')
    provider.files.set(id, new Uint8Array(await content.arrayBuffer()))
    return c.json({ id, name: content.name, urls: { get: `${base(c)}/v1/files/${id}` } }, 201)
  })
  app.delete('/files/:id', (c) => {
    provider.files.delete(c.req.param('id'))
    return c.body(null, 204)
  })
  return app
}

const switches = z.union([
  z.strictObject({ clear: z.literal(true) }),
  z.strictObject({ pass: z.int().min(0) }),
  z.array(standinFault),
])

/** Replicate's routes at /v1, outputs at /output, our own switches at /standin. */
export function createApp(provider: StandinProvider, token: string): Hono<Env> {
  const app = new Hono<Env>()
  app.use(async (c, next) => {
    // A name that leads here by DNS could let a web page read it.
    const { hostname } = new URL(c.req.url)
    return hostname === '127.0.0.1' || hostname === 'localhost' ? next() : c.text('loopback only', 403)
  })
  app.get('/health', (c) => c.json({ ready: true, gpu: false }))
  app.route('/v1', apiRoutes(provider, token))
  app.get('/output/:file', async (c) => {
    const status = provider.faults.take('output-status')
    if (status) return c.text('told to', status.status as 500)
    const held = provider.find(c.req.param('file').replace(/\.png$/, ''))
    const png = held ? await provider.output(held) : null
    return png === null ? c.text('gone', 404) : c.body(Uint8Array.from(png), 200, { 'content-type': 'image/png' })
  })
  app.post('/standin/faults', async (c) => {
    const body = switches.safeParse(await c.req.json().catch(() => null))
    if (!body.success) return c.json({ error: z.prettifyError(body.error) }, 400)
    if (Array.isArray(body.data)) for (const fault of body.data) provider.faults.arm(fault)
    else if ('pass' in body.data) provider.pass(body.data.pass)
    else provider.faults.clear()
    return c.json({ faults: provider.faults.list(), predictions: provider.predictions.length })
  })
  return app
}
