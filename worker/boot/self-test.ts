import type { Logger } from 'pino'
import type { Capabilities } from '#shared/worker/schema.ts'
import type { ModelList } from '#shared/workflows/models.ts'
import type { ComfyStats, ObjectInfo } from '#worker/comfy/answers.ts'
import { whenReachable } from '#worker/comfy/when-reachable.ts'
import { missingParts } from '#worker/core/check-template.ts'
import { JobFailure } from '#worker/core/job-failure.ts'
import { engineFaults, engineWarnings } from './engine-faults.ts'
import type { CatalogTemplate } from './load-catalog.ts'
import { proveTemplate, type ProofDeps } from './prove-template.ts'
import { memoryFault } from './room-faults.ts'

export type SelfTest = {
  capabilities: Capabilities
  /** What this box can run, by `mode/variant`. */
  templates: Map<string, CatalogTemplate>
  /** Key of the model that the last proof left in memory; null when nothing was run. */
  warm: string | null
}

export type SelfTestOptions = ProofDeps & {
  catalog: ReadonlyMap<string, CatalogTemplate>
  models: ModelList
  /** Why no job can run on this box whatever ComfyUI says, in words. */
  boxFaults: readonly string[]
  /** Why a model's file cannot be used here, by its key (see `ensureModels`). */
  modelFaults: ReadonlyMap<string, string>
  toy: boolean
  /** Run one small job per mode. Off = only what ComfyUI lists is checked. */
  prove: boolean
  log: Logger
}

type Facts = { stats: ComfyStats; signatures: ObjectInfo; engine: string[] }

function faultsOf(template: CatalogTemplate, { engine, signatures, stats }: Facts, options: SelfTestOptions): string[] {
  const files = template.variant.models.flatMap((key) => options.modelFaults.get(key) ?? [])
  const memory = options.toy ? null : memoryFault(template, options.models, stats)
  return [
    ...options.boxFaults,
    ...engine,
    ...files,
    ...(memory === null ? [] : [memory]),
    ...missingParts(template, signatures),
  ]
}

/**
 * One small job per mode: the first template of the mode that works stands for the mode, the ones that do not are struck
 * out. A second of the same mode differs in files, which were checked, and not in what the card must hold.
 */
async function proveModes(templates: Map<string, CatalogTemplate>, options: SelfTestOptions, signal: AbortSignal) {
  const faults = new Map<string, string>()
  const proven = new Set<string>()
  let warm: string | null = null
  for (const [key, template] of templates) {
    const [mode = key] = key.split('/')
    if (proven.has(mode)) continue
    try {
      const started = performance.now()
      await proveTemplate(template, options, signal)
      proven.add(mode)
      warm = template.variant.modelKey
      options.log.info({ template: key, ms: Math.round(performance.now() - started) }, 'template proven')
    } catch (error) {
      signal.throwIfAborted()
      if (!(error instanceof JobFailure)) throw error
      faults.set(key, `its small job failed: ${error.code} ${error.message}`)
    }
  }
  return { faults, warm }
}

/**
 * Waits for ComfyUI (a cold box loads for minutes) and finds out what it can run: its version and flags, every node
 * class, option and file that a template needs, and one small job per mode. What cannot run is published with its reason
 * and never claimed here, so no job fails for what the box could have known.
 */
export async function selfTest(options: SelfTestOptions, signal: AbortSignal): Promise<SelfTest> {
  const { http, catalog, log } = options
  const stats = await whenReachable(() => http.stats(signal), Number.POSITIVE_INFINITY, signal)
  const signatures = await whenReachable(() => http.objectInfo(signal), Number.POSITIVE_INFINITY, signal)
  const facts = { stats, signatures, engine: stats.system.forge_standin ? [] : engineFaults(stats) }
  if (!stats.system.forge_standin) for (const warning of engineWarnings(stats)) log.warn(warning)

  const faults = new Map<string, string>()
  const templates = new Map<string, CatalogTemplate>()
  for (const [key, template] of catalog) {
    const found = faultsOf(template, facts, options)
    if (found.length === 0) templates.set(key, template)
    else faults.set(key, found.join('; '))
  }
  const proof = options.prove
    ? await proveModes(templates, options, signal)
    : { faults: new Map<string, string>(), warm: null }
  for (const [key, why] of proof.faults) {
    faults.set(key, why)
    templates.delete(key)
  }
  for (const [template, why] of faults) log.warn({ template, why }, 'template unavailable here')
  if (templates.size === 0) log.error('no template can run here')
  return { capabilities: describe(stats, templates, faults, options.toy), templates, warm: proof.warm }
}

function describe(
  { devices, system }: ComfyStats,
  templates: ReadonlyMap<string, unknown>,
  faults: ReadonlyMap<string, string>,
  toy: boolean,
): Capabilities {
  const [device] = devices
  return {
    templates: [...templates.keys()],
    unavailable: Object.fromEntries([...faults].map(([key, why]) => [key, why.slice(0, 300)])),
    gpu: (device?.name ?? 'unknown').slice(0, 120),
    vramBytes: Math.max(0, Math.round(device?.vram_total ?? 0)),
    comfyVersion: system.comfyui_version.slice(0, 40),
    // Toy weights make no image anybody could want: people are told the same as of the stand-in.
    standIn: system.forge_standin || toy,
    toy,
  }
}
