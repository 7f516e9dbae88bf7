import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { runStep } from '#server/stack/run-step.ts'
import { nodeClasses } from '#shared/workflows/node-classes.ts'
import { readComfyEnv } from '#worker/testing/comfy/env.ts'
import { changesBetween, classesIn, reduceSignature, type ServedClass, servedClass } from './reduce-signatures.ts'

const root = join(import.meta.dirname, '../../..')
const target = join(root, 'worker/standin/signatures.json')

/** Inputs that list what lies in a folder of the box. */
function fileInputsOf(name: string): Set<string> {
  const isImage = name === 'LoadImage' || name === 'LoadImageMask'
  return new Set([...Object.keys(nodeClasses[name]?.files ?? {}), ...(isImage ? ['image'] : [])])
}

async function readGraphs(folder: string): Promise<unknown[]> {
  const entries = await readdir(join(root, folder), { recursive: true })
  const paths = entries.filter((entry) => entry.endsWith('.json')).sort()
  return Promise.all(
    paths.map(async (path): Promise<unknown> => JSON.parse(await readFile(join(root, folder, path), 'utf8'))),
  )
}

/** The allow-list of our graphs, and what the recordings and the graphs themselves use. */
async function wantedClasses(): Promise<string[]> {
  const graphs = await Promise.all([readGraphs('workflows'), readGraphs('worker/standin/recordings')])
  return [...new Set([...Object.keys(nodeClasses), ...classesIn(graphs)])].sort()
}

async function ask(url: string, path: string): Promise<unknown> {
  const response = await fetch(`${url}/api${path}`)
  if (!response.ok) throw new Error(`${path} answered ${response.status}`)
  return response.json()
}

/** Rewrites the stand-in's node signatures from what a live ComfyUI serves, and says what changed. */
async function main(): Promise<void> {
  const { COMFY_URL: url } = readComfyEnv()
  const { system } = (await ask(url, '/system_stats')) as {
    system: { comfyui_version: string; forge_standin?: boolean }
  }
  if (system.forge_standin) throw new Error('COMFY_URL is the stand-in: it would record itself')
  const served = (await ask(url, '/object_info')) as Record<string, unknown>
  const before = JSON.parse(await readFile(target, 'utf8')) as Record<string, unknown>
  const after: Record<string, ServedClass> = {}
  for (const name of await wantedClasses()) {
    if (Object.hasOwn(served, name)) after[name] = reduceSignature(servedClass.parse(served[name]), fileInputsOf(name))
    else process.stdout.write(`not on this server, left out: ${name}\n`)
  }
  await writeFile(target, `${JSON.stringify(after, null, 2)}\n`)
  const code = await runStep(['oxfmt', '--write', target])
  if (code !== 0) throw new Error('the signatures were written but not formatted')
  const changes = changesBetween(before, after)
  process.stdout.write(
    [
      `ComfyUI ${system.comfyui_version}: ${Object.keys(after).length} classes`,
      ...changes,
      `${changes.length} changed`,
    ].join('\n') + '\n',
  )
}

await main()
