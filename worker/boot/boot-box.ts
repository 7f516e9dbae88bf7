import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Logger } from 'pino'
import { parseModels, type ModelList } from '#shared/workflows/models.ts'
import type { WorkerEnv } from '#worker/env.ts'
import { applyToy } from './apply-toy.ts'
import { loadCatalog, type CatalogTemplate } from './load-catalog.ts'
import { ensureModels } from './models/ensure-models.ts'
import { downloadDefaults } from './models/fetch-model.ts'
import { openKnownHashes } from './models/known-hashes.ts'
import type { ProofDeps } from './prove-template.ts'
import { diskFault } from './room-faults.ts'
import { selfTest, type SelfTest } from './self-test.ts'

type Catalog = ReadonlyMap<string, CatalogTemplate>

/** Keys of the models that the templates named in `MODELS_FETCH` need. Throws when one of them does not exist. */
function wantedModels(catalog: Catalog, names: readonly string[]): Set<string> {
  return new Set(
    names.flatMap((name) => {
      const template = catalog.get(name)
      if (!template) throw new Error(`MODELS_FETCH names no template ${name}`)
      return template.variant.models
    }),
  )
}

/** The project's list of weights, or the operator's own. Throws one error naming every bad field. */
async function readModels(env: WorkerEnv): Promise<ModelList> {
  return parseModels(JSON.parse(await readFile(env.MODELS_FILE ?? join(env.WORKFLOWS_DIR, 'models.json'), 'utf8')))
}

/** What the files on this box say against its templates; nothing when ComfyUI's folder is out of reach. */
async function modelFaults({ env, log }: BootOptions, catalog: Catalog, list: ModelList, signal: AbortSignal) {
  if (env.MODELS_DIR === undefined) return new Map<string, string>()
  const options = {
    modelsDir: env.MODELS_DIR,
    hashes: await openKnownHashes(join(env.WORKER_DATA, 'model-hashes.json')),
    toy: env.FORGE_TOY === '1',
    wanted: wantedModels(catalog, env.MODELS_FETCH),
    token: env.HF_TOKEN,
    download: downloadDefaults,
    host: env.MODELS_HOST,
    loraCapBytes: env.LORA_CACHE_GB * 1e9,
    keptLoras: new Set(list.filter(({ folder }) => folder === 'loras').map(({ file }) => file)),
    log,
  }
  return ensureModels(list, options, signal)
}

function toySize(env: WorkerEnv, catalog: Catalog): Catalog {
  if (env.FORGE_TOY !== '1') return catalog
  const toy = { pixels: env.TOY_PIXELS ?? 128 * 128, steps: env.TOY_STEPS ?? 2 }
  return new Map([...catalog].map(([key, template]) => [key, applyToy(template, toy)]))
}

export type BootOptions = {
  env: WorkerEnv
  deps: ProofDeps
  /** True when a former process of this box left an attempt that may still run in ComfyUI. */
  hasJobInHand: boolean
  log: Logger
}

/** From an empty box to a known one: weights fetched and checked, ComfyUI asked, one small job per mode run. */
export async function bootBox(options: BootOptions, signal: AbortSignal): Promise<SelfTest> {
  const { env, deps, log } = options
  const catalog = await loadCatalog(env.WORKFLOWS_DIR)
  const models = await readModels(env)
  const faults = await modelFaults(options, catalog, models, signal)
  const disk = await diskFault(env.WORKER_DATA)
  return selfTest(
    {
      ...deps,
      catalog: toySize(env, catalog),
      models,
      boxFaults: disk === null ? [] : [disk],
      modelFaults: faults,
      toy: env.FORGE_TOY === '1',
      // A proof would wait in ComfyUI's queue behind the job in hand, and its lease with it.
      prove: env.PROVE === 'jobs' && !options.hasJobInHand,
      log,
    },
    signal,
  )
}
