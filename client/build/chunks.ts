import path from 'node:path'
import type { Plugin, Rolldown } from 'vite'

type Context = Rolldown.ChunkingContext
type Group = { debugName: string; priority: number; name: (id: string, context: Context) => string | null }

/** Parts of packages of which each page takes others. */
const piecemeal = /\/lucide-react\/dist\/esm\/icons\/|\/query-core\/.*[Ii]nfinite|\/react-query\/.*Infinite/

/**
 * Packs what the studio needs at once into two files, one that changes with the dependencies and one that changes with
 * the app, whatever pages that come late share with it: over HTTP/1.1 a file more is a round trip more.
 */
export function startChunks(entry: string): Group[] {
  let eager: Set<string> | null = null
  const group = (name: string, priority: number, holds: (id: string) => boolean): Group => ({
    debugName: name,
    priority,
    name(id, context) {
      eager ??= reachable(entry, context)
      return eager.has(id) && holds(id) && !piecemeal.test(id) ? name : null
    },
  })
  return [
    // Vite's own, which the first script needs alone.
    { debugName: 'late', priority: 3, name: (id) => (id.includes('vite/preload-helper') ? 'late' : null) },
    group('vendor', 2, (id) => id.includes('/node_modules/')),
    group('studio', 1, () => true),
  ]
}

/** What `entry` imports, and what that imports, without what comes late. */
function reachable(entry: string, context: Context): Set<string> {
  const found = new Set([entry])
  for (const id of found) for (const next of context.getModuleInfo(id)?.importedIds ?? []) found.add(next)
  return found
}

/** Links the files of `entry`, which the first script imports a moment later, so that they are fetched meanwhile. */
export function preloadStart(entry: string): Plugin {
  return {
    name: 'forge-preload-start',
    transformIndexHtml: {
      order: 'post',
      handler(_html, { bundle = {} }) {
        const chunks = Object.values(bundle).filter((one) => one.type === 'chunk')
        const starts = chunks.filter((chunk) => chunk.facadeModuleId === entry || chunk.moduleIds.includes(entry))
        const files = new Set(starts.flatMap((chunk) => [chunk.fileName, ...chunk.imports]))
        return [...files].map((file) => ({
          tag: 'link',
          attrs: { rel: 'modulepreload', crossorigin: true, href: `/${file}` },
          injectTo: 'head' as const,
        }))
      },
    },
  }
}

export function startOf(root: string): string {
  return path.join(root, 'client/src/main.tsx')
}
