import { type Graph, parseGraph, templateFaults } from './graph.ts'
import { type HashText, workflowHash } from './hash.ts'
import { type Manifest, type Variant, parseManifest } from './manifest.ts'
import { type ModelList, parseModels } from './models.ts'
import { type ProviderOffer, readOffers } from './provider.ts'

export type CatalogueTemplate = { manifest: Manifest; variant: Variant; graph: Graph; hash: string }

/** Everything that an installation can make. Templates by `mode/variant`. */
export type WholeCatalogue = {
  models: ModelList
  manifests: readonly Manifest[]
  templates: ReadonlyMap<string, CatalogueTemplate>
  /** What the provider renders instead, by `mode/variant`; empty where nothing is mapped. */
  offers: ReadonlyMap<string, ProviderOffer>
}

/** How the files of `workflows/` are reached: folders by name, and parsed JSON by path below it. */
export type WorkflowFiles = {
  folders: () => Promise<readonly string[]>
  readJson: (...path: string[]) => Promise<unknown>
  hash: HashText
}

/**
 * Reads and checks every mode. Throws one Error that names every fault of every template: a program whose templates
 * cannot be trusted must not start, and whoever adds one wants all its faults at once.
 */
export async function buildCatalogue(files: WorkflowFiles): Promise<WholeCatalogue> {
  const models = parseModels(await files.readJson('models.json'))
  const folders = [...(await files.folders())].sort()
  const modes = await Promise.all(folders.map((folder) => readMode(files, folder, models)))
  const faults = modes.flatMap((mode) => mode.faults)
  if (faults.length > 0) throw new Error(`workflows: ${faults.join('; ')}`)
  return {
    models,
    manifests: modes.map((mode) => mode.manifest),
    templates: new Map(
      modes.flatMap(({ templates }) =>
        templates.map((entry) => [`${entry.manifest.mode}/${entry.variant.key}`, entry] as const),
      ),
    ),
    offers: new Map(modes.flatMap((mode) => [...mode.offers])),
  }
}

async function readMode(files: WorkflowFiles, folder: string, models: ModelList) {
  const manifest = parseManifest(await files.readJson(folder, 'manifest.json'))
  const templates = await Promise.all(
    manifest.variants.map(async (variant) => {
      const graph = parseGraph(await files.readJson(folder, variant.graph))
      return { manifest, variant, graph, hash: workflowHash({ graph, variant }, files.hash) }
    }),
  )
  const faults = templates.flatMap(({ graph, variant }) =>
    templateFaults(graph, variant, models).map((fault) => `${folder}/${variant.graph}: ${fault}`),
  )
  const named = manifest.mode === folder ? [] : [`${folder} holds the mode ${manifest.mode}`]
  const offers = await readProvider(files, folder, manifest)
  return { manifest, templates, offers: offers.offers, faults: [...named, ...faults, ...offers.faults] }
}

/** A mode without the file is rendered by boxes only. */
async function readProvider({ readJson }: WorkflowFiles, folder: string, manifest: Manifest) {
  try {
    const json = await readJson(folder, 'replicate.json')
    return { offers: json === undefined ? new Map<string, ProviderOffer>() : readOffers(json, manifest), faults: [] }
  } catch (error) {
    const isAbsent = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    const offers = new Map<string, ProviderOffer>()
    return {
      offers,
      faults: isAbsent ? [] : [`${folder}/replicate.json: ${error instanceof Error ? error.message : ''}`],
    }
  }
}
