import { readdir, readFile, stat } from 'node:fs/promises'
import path from 'node:path'
import { gzipSync } from 'node:zlib'

const dist = path.resolve(import.meta.dirname, '../dist')
const kb = 1024

/** Bytes of what `files` (in dist) hold together, and what they may be. */
export type Weight = { title: string; bytes: number; budget: number; files: readonly string[] }

/** What the studio may cost before it can be used: scripts and styles gzipped at level 9, fonts as they are. */
const first = { script: 160 * kb, style: 18 * kb, font: 65 * kb } as const

/** What comes late, by where its sources lie: all scripts that hold one of them, together, gzipped. */
const parts = [
  { title: 'mask engine, gzipped', budget: 25 * kb, sources: /client\/src\/features\/mask\/|app\/mask-copy/ },
  // The page of one image is a chunk of its own and asks for the same shelf.
  {
    title: 'gallery, gzipped',
    budget: 25 * kb,
    sources: /client\/src\/(features\/gallery\/(wall|card-shelf)|routes\/gallery-wall|app\/copy-gallery)/,
  },
  {
    title: 'one image of the gallery, gzipped',
    budget: 12 * kb,
    sources: /client\/src\/(features\/gallery\/card-shelf|routes\/gallery-item)/,
  },
  {
    title: 'credits, gzipped',
    budget: 12 * kb,
    sources: /client\/src\/(features\/credits\/|routes\/credits|app\/copy-credits)/,
  },
] as const

/** Any one script that comes late. */
const single = 25 * kb

/**
 * Weighs client/dist, built with source maps: what the page links first, what comes late by part, each late script.
 * `sources`: where what a script holds came from.
 */
export async function weighClient(): Promise<{
  initial: Weight[]
  parts: Weight[]
  late: Weight[]
  sources: ReadonlyMap<string, readonly string[]>
}> {
  const html = await readFile(path.join(dist, 'index.html'), 'utf8')
  const linked = [...new Set([...html.matchAll(/(?:src|href)="\/(assets\/[^"]+)"/g)].flatMap(([, file]) => file ?? []))]
  const assets = (await readdir(path.join(dist, 'assets'))).map((name) => `assets/${name}`)
  const ends = (names: readonly string[], ending: string) => names.filter((name) => name.endsWith(ending))
  const scripts = ends(assets, '.js')
  const sources = new Map(await Promise.all(scripts.map(async (name) => [name, await sourcesOf(name)] as const)))
  const initial = ends(linked, '.js')
  const later = scripts.filter((name) => !initial.includes(name))
  const holding = (pattern: RegExp) => later.filter((name) => sources.get(name)?.some((source) => pattern.test(source)))
  return {
    initial: await Promise.all([
      weigh('initial scripts, gzipped', initial, first.script),
      weigh('styles, gzipped', ends(linked, '.css'), first.style),
      weigh('fonts', ends(assets, '.woff2'), first.font),
    ]),
    parts: await Promise.all(parts.map((part) => weigh(part.title, holding(part.sources), part.budget))),
    late: await Promise.all(later.map((name) => weigh(`later: ${path.basename(name)}`, [name], single))),
    sources,
  }
}

async function weigh(title: string, files: readonly string[], budget: number): Promise<Weight> {
  const sizes = await Promise.all(
    files.map(async (file) => (file.endsWith('.woff2') ? (await stat(path.join(dist, file))).size : gzipped(file))),
  )
  return { title, bytes: sizes.reduce((sum, size) => sum + size, 0), budget, files }
}

async function gzipped(file: string): Promise<number> {
  return gzipSync(await readFile(path.join(dist, file)), { level: 9 }).length
}

/** A script of a web worker may have no map. */
async function sourcesOf(script: string): Promise<string[]> {
  const text = await readFile(path.join(dist, `${script}.map`), 'utf8').catch(() => null)
  if (text === null) return []
  const { sources } = JSON.parse(text) as { sources: string[] }
  return sources.map((source) => path.join(dist, 'assets', source))
}
