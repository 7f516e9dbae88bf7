import { Hono } from 'hono'
import { z } from 'zod'
import { listen } from '#server/listen.ts'

/** Models that the usage API counts (docs.bfl.ai, "Report Model Usage"). */
const slugs: ReadonlySet<string> = new Set([
  'flux-2-dev',
  'flux-1-dev',
  'flux-1-kontext-dev',
  'flux-tools',
  'flux-1-krea-dev',
])
const usage = z.object({ number_of_generations: z.int().min(1).default(1) })

/** Black Forest Labs' usage API on loopback: adds up what it is told, as the real one does. */
export async function startFakeBfl(key: string) {
  const counted = new Map<string, number>()
  /** `down`: refuses everything. `gateway`: counts, and loses its answer on the way back. */
  const state = { mode: 'well' as 'well' | 'down' | 'gateway', calls: 0 }
  const app = new Hono().post('/v1/licenses/models/:slug/usage', async (c) => {
    state.calls += 1
    if (state.mode === 'down') return c.json({ detail: 'Internal Server Error' }, 500)
    if (c.req.header('x-key') !== key) return c.json({ detail: 'Not authenticated' }, 403)
    const slug = c.req.param('slug')
    if (!slugs.has(slug)) return c.json({ detail: `Model slug ${slug} is not supported for usage reporting` }, 400)
    const body = usage.safeParse(await c.req.json())
    if (!body.success) return c.json({ detail: 'not a positive integer' }, 422)
    counted.set(slug, (counted.get(slug) ?? 0) + body.data.number_of_generations)
    if (state.mode === 'gateway') return c.text('Gateway Timeout', 504)
    return c.json({ message: 'Usage recorded successfully' })
  })
  const { url, close } = await listen(app.fetch, '127.0.0.1', 0)
  return { url, counted, state, [Symbol.asyncDispose]: () => close(1_000) }
}
