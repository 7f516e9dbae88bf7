import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router'
import { Crash, NotFound } from '#client/routes/errors.tsx'
import { Studio } from '#client/routes/studio/studio.tsx'
import { Shell } from './shell.tsx'

/** `?job=` names the attempt on the canvas, `?mode=` the mode, so that reloading and sharing between own tabs keep them. */
export type StudioSearch = { job?: string; mode?: string }

function studioSearch(search: Record<string, unknown>): StudioSearch {
  const { job, mode } = search
  return {
    ...(typeof mode === 'string' && /^[a-z0-9-]{1,40}$/.test(mode) ? { mode } : {}),
    ...(typeof job === 'string' && /^[0-9a-f-]{36}$/i.test(job) ? { job } : {}),
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
  component: lazyRouteComponent(() => import('#client/routes/gallery.tsx'), 'Gallery'),
})

export const router = createRouter({
  routeTree: root.addChildren([home, studio, gallery]),
  defaultPreload: 'intent',
  scrollRestoration: true,
})

declare module '@tanstack/react-router' {
  // oxlint-disable-next-line typescript/consistent-type-definitions -- only an interface can be merged into
  interface Register {
    router: typeof router
  }
}
