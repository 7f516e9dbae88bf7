import type { Page, Route } from '@playwright/test'
import sharp from 'sharp'
import { z } from 'zod'
import type { JobView, QuoteView } from '#shared/jobs/schema.ts'
import { makeAsset, makeJob, makeQueue, makeQuote, noon } from '#client/testing/jobs.ts'

/** What the studio is told, whatever the stack behind it does: the same on every machine and in every run. */
export type FixedStudio = {
  /** By name, in the address as `?job=`. */
  jobs: Readonly<Record<string, JobView>>
  /** The button is refused, with no free image left, from the next page on. */
  refuse: (refusal: QuoteView['refusal']) => void
  /** Goes to an address of the studio without loading the page again. */
  go: (search: string) => Promise<void>
}

const joined = z.tuple([z.string().nullable(), z.string().nullable(), z.string(), z.string(), z.unknown()])

/** A guest whose token nobody checks, as auth-js keeps it. */
const session = {
  access_token: `${btoa('{"alg":"none"}')}.${btoa('{"exp":4102444800}')}.none`,
  refresh_token: 'none',
  token_type: 'bearer',
  expires_in: 3_600,
  expires_at: 4_102_444_800,
  user: { id: '00000000-0000-7000-8000-0000000000aa', is_anonymous: true, aud: 'authenticated', app_metadata: {} },
}

const size = { width: 960, height: 640 }

/** Flat shapes that every engine draws alike: what is remade, on its way, and what comes of it. */
async function paint(kind: 'before' | 'frame' | 'after'): Promise<Buffer> {
  const [ground, sun, land] = {
    before: ['#35506b', '#d8b26a', '#1d2a25'],
    frame: ['#4a4450', '#8f7a66', '#3a3436'],
    after: ['#7a3328', '#f0d9a8', '#221420'],
  }[kind]
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${size.width}" height="${size.height}">
    <rect width="100%" height="100%" fill="${ground}"/><circle cx="620" cy="240" r="120" fill="${sun}"/>
    <path d="M0 480 L400 380 L960 520 V640 H0 Z" fill="${land}"/></svg>`
  const picture = sharp(Buffer.from(svg))
  return await (kind === 'frame' ? picture.resize(480, 320) : picture).webp({ quality: 90 }).toBuffer()
}

/** One job for each thing the canvas can show, newest first. */
function makeJobs(origin: string): Record<string, JobView> {
  const picture = (name: string, kind: 'input' | 'output') =>
    makeAsset({ ...size, kind, id: idOf(name), url: `${origin}/fixed/${name}.webp`, urlExpiresAt: at(3_600_000) })
  const running = { status: 'running', epoch: 1, version: 3, startedAt: at(-9_000), standIn: true } as const
  const over = { epoch: 1, version: 5, queue: null, cancel: null, startedAt: at(-19_000), finishedAt: at(-1_000) }
  const wishes: Record<string, Partial<JobView>> = {
    queued: { queue: makeQueue({ ahead: 3, etaMs: 40_000, p90Ms: 90_000 }) },
    'no-worker': { queue: makeQueue({ workersOnline: 0, startingMs: 90_000, warm: null }), waitsFor: 'no_worker' },
    paused: { queue: makeQueue({ ahead: 1 }), waitsFor: 'operator' },
    starting: { ...running, stage: 'loading' },
    running: { ...running, stage: 'sampling', step: 15, progress: 0.5 },
    finishing: { ...running, stage: 'saving', step: 28, progress: 0.97, cancel: 'too-late' },
    done: {
      ...over,
      status: 'succeeded',
      stage: 'saving',
      step: 28,
      standIn: true,
      outputs: [picture('after', 'output')],
    },
    failed: { ...over, status: 'failed', stage: 'sampling', step: 12, errorCode: 'OUT_OF_MEMORY', returned: 1 },
    canceled: { ...over, status: 'canceled', stage: 'sampling', step: 6, returned: 1 },
  }
  return Object.fromEntries(
    Object.entries(wishes).map(([name, wish], index) => [
      name,
      makeJob({
        id: idOf(name),
        requestId: idOf(`press ${name}`),
        createdAt: at(-60_000 * (index + 1)),
        inputs: [{ role: 'base', weight: 1, asset: picture('before', 'input') }],
        ...wish,
      }),
    ]),
  )
}

function at(offset: number): string {
  return new Date(noon + offset).toISOString()
}

/** The same id for the same name, always. */
function idOf(name: string): string {
  const hex = Buffer.from(name).toString('hex').padEnd(12, '0').slice(0, 12)
  return `00000000-0000-7000-8000-${hex}`
}

/**
 * Puts `page` into a studio whose answers are fixed at 2026-11-23 12:00 UTC: a guest with one job of every kind. Only
 * what anybody may ask (the modes) still comes from the server.
 */
export async function fixStudio(page: Page, origin: string): Promise<FixedStudio> {
  const jobs = makeJobs(origin)
  let quote = makeQuote()
  await page.clock.setFixedTime(noon)
  await page.addInitScript((stored) => {
    localStorage.setItem('forge-auth', stored)
    // Seeds are drawn; the same one each time.
    Math.random = () => 0.37
  }, JSON.stringify(session))
  await page.route('**/fixed/*.webp', async (route) => {
    const kind = route.request().url().includes('after') ? 'after' : 'before'
    await route.fulfill({ contentType: 'image/webp', body: await paint(kind) })
  })
  const answer = (procedure: string, input: unknown): unknown => {
    if (procedure === 'forge.list') return { items: Object.values(jobs), nextCursor: null }
    if (procedure === 'forge.get') return Object.values(jobs).find(({ id }) => id === (input as { id: string }).id)
    if (procedure === 'forge.quote') return quote
    if (procedure === 'limits.mine') return quote.limits
    return undefined
  }
  await page.route('**/trpc/**', (route) => answerBatch(route, answer))
  const frame = (await paint('frame')).toString('base64')
  await page.routeWebSocket(/\/realtime\/v1/, (socket) => {
    socket.onMessage((text) => {
      const [join, ref, topic, event] = joined.parse(JSON.parse(String(text)))
      const send = (kind: string, payload: unknown, reply: string | null = null) =>
        socket.send(JSON.stringify([join, reply, topic, kind, payload]))
      send('phx_reply', { status: 'ok', response: {} }, ref)
      const shown = [jobs['running'], jobs['finishing']].find((job) => topic.includes(`job:${job?.id}`))
      if (event !== 'phx_join' || !shown) return
      const payload = { seq: 1, step: shown.step, steps: shown.steps, mime: 'image/webp', data: frame }
      send('broadcast', { type: 'broadcast', event: 'frame', payload })
    })
  })
  return {
    jobs,
    refuse(refusal) {
      const { limits } = quote
      quote = makeQuote({ refusal, limits: { ...limits, free: { ...limits.free, left: 0 } } })
    },
    async go(search) {
      await page.evaluate((wanted) => {
        history.pushState({}, '', `/studio${wanted}`)
        dispatchEvent(new PopStateEvent('popstate'))
      }, search)
    },
  }
}

/** Answers what is fixed, leaves uploads hanging, and asks the server about the rest as nobody. */
async function answerBatch(route: Route, answer: (procedure: string, input: unknown) => unknown): Promise<void> {
  const url = new URL(route.request().url())
  const procedures = url.pathname.replace('/trpc/', '').split(',')
  if (procedures.some((name) => name.startsWith('assets.'))) return
  const inputs = JSON.parse(url.searchParams.get('input') ?? '{}') as Record<string, unknown>
  const bodies = await Promise.all(
    procedures.map(async (name, index) => {
      const data = answer(name, inputs[index])
      if (data !== undefined) return { result: { data } }
      const { authorization: _none, ...headers } = route.request().headers()
      const response = await route.fetch({ url: `${url.origin}/trpc/${name}`, headers })
      return (await response.json()) as unknown
    }),
  )
  await route.fulfill({ contentType: 'application/json', body: JSON.stringify(bodies) })
}
