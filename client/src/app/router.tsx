import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router'
import { Crash, NotFound } from '#client/routes/errors.tsx'
import { Studio } from '#client/routes/studio/studio.tsx'
import { takeSearch } from '#client/routes/studio/take-search.ts'
import type { TakeSearch } from '#client/routes/studio/take-search.ts'
import { readSearch as gallerySearch } from '#client/features/gallery/core/filters.ts'
import { rememberBench } from '#client/lib/bench-address.ts'
import { Shell } from './shell.tsx'

/**
 * `?job=` names the attempt on the canvas, `?mode=` the mode, so that reloading and sharing between own tabs keep them;
 * `?from=` a job to bring to the bench, once.
 */
export type StudioSearch = { job?: string; mode?: string } & TakeSearch

function studioSearch(search: Record<string, unknown>): StudioSearch {
  const { job, mode } = search
  return {
    ...(typeof mode === 'string' && /^[a-z0-9-]{1,40}$/.test(mode) ? { mode } : {}),
    ...(typeof job === 'string' && /^[0-9a-f-]{36}$/i.test(job) ? { job } : {}),
    ...takeSearch(search),
  }
}

const root = createRootRoute({ component: Shell, notFoundComponent: NotFound, errorComponent: Crash })
const home = createRoute({ getParentRoute: () => root, path: '/', validateSearch: studioSearch, component: Studio })
const studio = createRoute({
  getParentRoute: () => root,
  path: '/studio',
  validateSearch: studioSearch,
  component: Studio,
})
const gallery = createRoute({
  getParentRoute: () => root,
  path: '/gallery',
  validateSearch: gallerySearch,
  component: lazyRouteComponent(() => import('#client/routes/gallery.tsx'), 'Gallery'),
})
/** The filters stay in the address, so that its neighbours are those of the wall it was opened from. */
const galleryItem = createRoute({
  getParentRoute: () => root,
  path: '/gallery/$id',
  validateSearch: gallerySearch,
  component: lazyRouteComponent(() => import('#client/routes/gallery-item.tsx'), 'GalleryItem'),
})

const credits = createRoute({
  getParentRoute: () => root,
  path: '/credits',
  component: lazyRouteComponent(() => import('#client/routes/credits.tsx'), 'Credits'),
})
const account = createRoute({
  getParentRoute: () => root,
  path: '/account',
  component: lazyRouteComponent(() => import('#client/routes/account.tsx'), 'Account'),
})
/** Stripe sends people back to `?purchase=`. */
const creditsReturn = createRoute({
  getParentRoute: () => root,
  path: '/credits/return',
  validateSearch: ({ purchase }: Record<string, unknown>): { purchase?: string } =>
    typeof purchase === 'string' && /^[0-9a-f-]{36}$/i.test(purchase) ? { purchase } : {},
  component: lazyRouteComponent(() => import('#client/routes/credits-return.tsx'), 'CreditsReturn'),
})

const share = createRoute({
  getParentRoute: () => root,
  path: '/s/$slug',
  component: lazyRouteComponent(() => import('#client/routes/share.tsx'), 'Share'),
})

export const router = createRouter({
  routeTree: root.addChildren([home, studio, gallery, galleryItem, credits, creditsReturn, account, share]),
  defaultPreload: 'intent',
  scrollRestoration: true,
})

router.subscribe('onResolved', ({ toLocation: { pathname, search } }) => {
  // An address that brings something to the bench says nothing of what was open.
  if ((pathname === '/' || pathname === '/studio') && !('from' in search)) rememberBench(search)
})

declare module '@tanstack/react-router' {
  // oxlint-disable-next-line typescript/consistent-type-definitions -- only an interface can be merged into
  interface Register {
    router: typeof router
  }
}
