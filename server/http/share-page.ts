import { Hono } from 'hono'
import type { Context } from 'hono'
import type { Deps } from '#server/deps.ts'
import { viewShare } from '#server/services/shares/view.ts'
import { ForgeError } from '#shared/errors.ts'
import { type SharedView, shareSlug } from '#shared/shares/schema.ts'
import { indexReader } from './index-page.ts'
import { injectShareTags } from './share-tags.ts'
import type { HttpEnv } from './types.ts'

const unlisted = { 'x-robots-tag': 'noindex, nofollow, noimageindex', 'cache-control': 'no-store' }

/** `/s/<slug>`: the page of a link with its tags, and the picture those tags name. Nothing there is 404, too much 429. */
export function sharePageRoutes(deps: Deps): Hono<HttpEnv> {
  const index = indexReader(deps.config)
  return new Hono<HttpEnv>()
    .get('/:slug', async (c) => {
      const html = await index(c.req.path)
      if (html === null) return c.text('The client is not built: npm run build', 503)
      const found = await find(deps, c)
      const address = `${deps.config.publicUrl}/s/${c.req.param('slug')}`
      return c.html(injectShareTags(html, found.view, address), found.status, unlisted)
    })
    .get('/:slug/image', async (c) => {
      const { view, status } = await find(deps, c)
      if (view?.output) return c.body(null, 302, { ...unlisted, location: view.output.url })
      return c.text('nothing here', status === 200 ? 404 : status, unlisted)
    })
}

type Found = { view: SharedView | null; status: 200 | 404 | 429 | 503 }

/** The page itself says what is wrong; here only its status does. */
async function find(deps: Deps, c: Context<HttpEnv>): Promise<Found> {
  const slug = shareSlug.safeParse(c.req.param('slug'))
  if (!slug.success) return { view: null, status: 404 }
  try {
    await deps.rates.spend({ mutation: false, address: c.var.address, account: null })
    return { view: await viewShare({ ctx: { deps }, input: { slug: slug.data } }), status: 200 }
  } catch (error) {
    if (!(error instanceof ForgeError)) throw error
    if (error.code === 'RATE_LIMITED') return { view: null, status: 429 }
    return { view: null, status: error.code === 'NOT_FOUND' ? 404 : 503 }
  }
}
