import { readdir, readFile, stat } from 'node:fs/promises'
import path from 'node:path'
import process from 'node:process'
import { gzipSync } from 'node:zlib'

const dist = path.resolve(import.meta.dirname, '../dist')

/** Bytes the studio may cost before it can be used: scripts and styles gzipped at level 9, fonts as they are. */
const budgets = { script: 170 * 1024, style: 18 * 1024, font: 65 * 1024, lazy: 25 * 1024 } as const

/** Packages that must reach no chunk at all: the schemas are shared with the server, their runtime is not. */
const forbidden = [
  '/node_modules/zod/v4/classic/',
  '/node_modules/@supabase/supabase-js/',
  '/node_modules/@trpc/server/dist/adapters',
]

async function gzipped(file: string): Promise<number> {
  return gzipSync(await readFile(path.join(dist, file)), { level: 9 }).length
}

const html = await readFile(path.join(dist, 'index.html'), 'utf8')
const linked = [...html.matchAll(/(?:src|href)="\/(assets\/[^"]+)"/g)].flatMap(([, file]) => file ?? [])
const assets = (await readdir(path.join(dist, 'assets'))).map((name) => `assets/${name}`)
const scripts = assets.filter((name) => name.endsWith('.js'))
const initial = new Set(linked.filter((name) => name.endsWith('.js')))
const problems: string[] = []

async function hold(title: string, bytes: number, budget: number): Promise<void> {
  process.stdout.write(`${title.padEnd(44)} ${(bytes / 1024).toFixed(1).padStart(7)} KB of ${budget / 1024} KB\n`)
  if (bytes > budget) problems.push(`${title} is ${((bytes - budget) / 1024).toFixed(1)} KB over its budget`)
}

async function sum(files: Iterable<string>, measure: (file: string) => Promise<number>): Promise<number> {
  let total = 0
  for (const file of files) total += await measure(file)
  return total
}

await hold('initial scripts, gzipped', await sum(initial, gzipped), budgets.script)
await hold(
  'styles, gzipped',
  await sum(
    linked.filter((name) => name.endsWith('.css')),
    gzipped,
  ),
  budgets.style,
)
const size = async (file: string) => (await stat(path.join(dist, file))).size
await hold(
  'fonts',
  await sum(
    assets.filter((name) => name.endsWith('.woff2')),
    size,
  ),
  budgets.font,
)
for (const name of scripts.filter((file) => !initial.has(file)))
  await hold(`later: ${path.basename(name)}`, await gzipped(name), budgets.lazy)

for (const name of assets.filter((file) => file.endsWith('.js.map'))) {
  const map = JSON.parse(await readFile(path.join(dist, name), 'utf8')) as { sources: string[] }
  const found = forbidden.filter((part) => map.sources.some((source) => source.includes(part)))
  problems.push(...found.map((part) => `${name} holds ${part}`))
}
if (initial.size === 0) problems.push('client/dist/index.html links no script: build first')
for (const problem of problems) process.stderr.write(`${problem}\n`)
process.exit(problems.length === 0 ? 0 : 1)
