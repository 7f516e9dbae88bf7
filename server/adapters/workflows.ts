import { createHash } from 'node:crypto'
import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { parseGraph, templateFaults } from '#shared/workflows/graph.ts'
import { workflowHash } from '#shared/workflows/hash.ts'
import { type Manifest, type Variant, findVariant, parseManifest } from '#shared/workflows/manifest.ts'

/** One way to make an image: a mode, one of its variants, and the hash of what they bind to. */
export type Template = { manifest: Manifest; variant: Variant; hash: string }

/** Every mode of the installation, read once. */
export type Catalogue = {
  manifests: readonly Manifest[]
  /** Null when the mode or its variant does not exist. */
  template: (mode: string, variant: string) => Template | null
}

/** Reads `<dir>/<mode>/manifest.json` and its graphs; throws at start-up when a template cannot be bound. */
export async function readCatalogue(dir: string): Promise<Catalogue> {
  const entries = await readdir(dir, { withFileTypes: true })
  const folders = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name)
  const modes = await Promise.all(folders.sort().map((folder) => readMode(dir, folder)))
  const hashes = new Map(modes.flatMap((mode) => mode.hashes))
  const byMode = new Map(modes.map(({ manifest }) => [manifest.mode, manifest]))
  return {
    manifests: [...byMode.values()],
    template(mode, variantKey) {
      const manifest = byMode.get(mode)
      const variant = manifest && findVariant(manifest, variantKey)
      const hash = hashes.get(`${mode}/${variantKey}`)
      return manifest && variant && hash !== undefined ? { manifest, variant, hash } : null
    },
  }
}

async function readMode(dir: string, folder: string) {
  const manifest = parseManifest(await readJson(join(dir, folder, 'manifest.json')))
  if (manifest.mode !== folder) throw new Error(`workflows/${folder} holds the mode ${manifest.mode}`)
  const hashes = await Promise.all(
    manifest.variants.map(async (variant) => {
      const graph = parseGraph(await readJson(join(dir, folder, variant.graph)))
      const faults = templateFaults(graph, variant)
      if (faults.length > 0) throw new Error(`workflows/${folder}/${variant.graph}: ${faults.join(', ')}`)
      return [`${folder}/${variant.key}`, workflowHash({ graph, variant }, sha256)] as const
    }),
  )
  return { manifest, hashes }
}

async function readJson(path: string): Promise<unknown> {
  return JSON.parse(await readFile(path, 'utf8'))
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
