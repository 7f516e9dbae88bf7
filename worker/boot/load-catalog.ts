import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseGraph, templateFaults } from '#shared/workflows/graph.ts'
import { workflowHash } from '#shared/workflows/hash.ts'
import { parseManifest } from '#shared/workflows/manifest.ts'
import type { Template } from '#worker/core/bind-graph.ts'

export type CatalogTemplate = Template & { hash: string }

const readJson = async (path: string): Promise<unknown> => JSON.parse(await readFile(path, 'utf8'))
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

async function loadMode(dir: string, mode: string): Promise<[string, CatalogTemplate][]> {
  const manifest = parseManifest(await readJson(join(dir, mode, 'manifest.json')))
  return Promise.all(
    manifest.variants.map(async (variant): Promise<[string, CatalogTemplate]> => {
      const graph = parseGraph(await readJson(join(dir, mode, variant.graph)))
      const faults = templateFaults(graph, variant)
      if (faults.length > 0) throw new Error(`workflows/${mode}/${variant.graph}: ${faults.join(', ')}`)
      return [`${manifest.mode}/${variant.key}`, { graph, variant, hash: workflowHash({ graph, variant }, sha256) }]
    }),
  )
}

/** Every template under `dir`, by `mode/variant`. Throws at start-up when one is broken: it is part of this program. */
export async function loadCatalog(dir: string): Promise<Map<string, CatalogTemplate>> {
  const folders = (await readdir(dir, { withFileTypes: true })).filter((entry) => entry.isDirectory())
  return new Map((await Promise.all(folders.map((folder) => loadMode(dir, folder.name)))).flat())
}
