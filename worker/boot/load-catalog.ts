import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { buildCatalogue, type WholeCatalogue } from '#shared/workflows/catalogue.ts'
import type { Template } from '#worker/core/bind-graph.ts'

export type CatalogTemplate = Template & { hash: string }

/** Everything under `dir`. Throws at start-up when something is faulty: it is part of this program. */
export function loadWorkflows(dir: string): Promise<WholeCatalogue> {
  return buildCatalogue({
    async folders() {
      const entries = await readdir(dir, { withFileTypes: true })
      return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name)
    },
    readJson: async (...path) => JSON.parse(await readFile(join(dir, ...path), 'utf8')),
    hash: (text) => createHash('sha256').update(text).digest('hex'),
  })
}

/** Every template under `dir`, by `mode/variant`. Throws as `loadWorkflows` does. */
export async function loadCatalog(dir: string): Promise<ReadonlyMap<string, CatalogTemplate>> {
  return (await loadWorkflows(dir)).templates
}
