import { createHash } from 'node:crypto'
import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { buildCatalogue } from '#shared/workflows/catalogue.ts'
import type { Manifest, Variant } from '#shared/workflows/manifest.ts'
import type { ModelList } from '#shared/workflows/models.ts'
import type { ProviderOffer } from '#shared/workflows/provider.ts'

/** One way to make an image: a mode, one of its variants, and the hash of what they bind to. */
export type Template = { manifest: Manifest; variant: Variant; hash: string }

/** Every mode of the installation, read once. */
export type Catalogue = {
  manifests: readonly Manifest[]
  /** Every file of weights that a template names, with its licence. */
  models: ModelList
  /** Null when the mode or its variant does not exist. */
  template: (mode: string, variant: string) => Template | null
  /** What a provider renders instead; null when nothing is mapped. */
  offer: (mode: string, variant: string) => ProviderOffer | null
}

/** Reads `<dir>/models.json`, `<dir>/<mode>/manifest.json` and its graphs; throws at start-up when one is faulty. */
export async function readCatalogue(dir: string): Promise<Catalogue> {
  const { manifests, models, templates, offers } = await buildCatalogue({
    async folders() {
      const entries = await readdir(dir, { withFileTypes: true })
      return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name)
    },
    readJson: async (...path) => JSON.parse(await readFile(join(dir, ...path), 'utf8')),
    hash: (text) => createHash('sha256').update(text).digest('hex'),
  })
  return {
    manifests,
    models,
    template: (mode, variant) => templates.get(`${mode}/${variant}`) ?? null,
    offer: (mode, variant) => offers.get(`${mode}/${variant}`) ?? null,
  }
}
