import { Hono } from 'hono'
import type { Context } from 'hono'
import type { Deps } from '#server/deps.ts'
import { findSharedPicture, viewShare } from '#server/services/shares/view.ts'
import { ForgeError } from '#shared/errors.ts'
import { sharedSizes, shareSlug } from '#shared/shares/schema.ts'
import { indexReader } from './index-page.ts'
import { injectShareTags } from './share-tags.ts'
import type { HttpEnv } from './types.ts'

const unlisted = { 'x-robots-tag': 'noindex, nofollow, noimageindex', 'cache-control': 'no-store' }

/**
 * `/s/<slug>`: the page of a link with its tags, and its pictures `/image` and `/full`, which lead to addresses that end
 * soon. Nothing there is 404, too much 429.
 */
export function sharePageRoutes(deps: Deps): Hono<HttpEnv> {
  const index = indexReader(deps.config)
  const routes = new Hono<HttpEnv>()
  routes.get('/:slug', async (c) => {
    const html = await index(c.req.path)
    if (html === null) return c.text('The client is not built: npm run build', 503)
    const { found: view, status } = await look(deps, c, (slug) => viewShare({ ctx: { deps }, input: { slug } }))
    const address = `${deps.config.publicUrl}/s/${c.req.param('slug')}`
    return c.html(injectShareTags(html, view, address), status, unlisted)
  })
  for (const size of sharedSizes) {
    routes.get(`/:slug/${size}`, async (c) => {
      const { found: location, status } = await look(deps, c, (slug) => findSharedPicture({ deps, slug, size }))
      if (location === null) return c.text('nothing here', status, unlisted)
      return c.body(null, 302, { ...unlisted, location })
    })
  }
  return routes
}

type Look<Found> = { found: Found | null; status: 200 | 404 | 429 | 503 }

/** The page itself says what is wrong; here only its status does. */
async function look<Found>(
  deps: Deps,
  c: Context<HttpEnv>,
  find: (slug: string) => Promise<Found>,
): Promise<Look<Found>> {
  const slug = shareSlug.safeParse(c.req.param('slug'))
  if (!slug.success) return { found: null, status: 404 }
  try {
    await deps.rates.spend({ mutation: false, address: c.var.address, account: null })
    return { found: await find(slug.data), status: 200 }
  } catch (error) {
    if (!(error instanceof ForgeError)) throw error
    if (error.code === 'RATE_LIMITED') return { found: null, status: 429 }
    return { found: null, status: error.code === 'NOT_FOUND' ? 404 : 503 }
  }
}
