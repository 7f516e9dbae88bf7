import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { buildCatalogue } from '#shared/workflows/catalogue.ts'
import type { Template } from '#worker/core/bind-graph.ts'

export type CatalogTemplate = Template & { hash: string }

/** Every template under `dir`, by `mode/variant`. Throws at start-up when one is faulty: it is part of this program. */
export async function loadCatalog(dir: string): Promise<ReadonlyMap<string, CatalogTemplate>> {
  const { templates } = await buildCatalogue({
    async folders() {
      const entries = await readdir(dir, { withFileTypes: true })
      return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name)
    },
    readJson: async (...path) => JSON.parse(await readFile(join(dir, ...path), 'utf8')),
    hash: (text) => createHash('sha256').update(text).digest('hex'),
  })
  return templates
}
