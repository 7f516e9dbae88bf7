import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Logger } from 'pino'
import type { ModelFile } from '#shared/workflows/models.ts'
import { checkModel, type ModelState } from './check-model.ts'
import { DownloadFailure, fetchModel, type DownloadOptions } from './fetch-model.ts'
import { evictLoras, touchLora } from './lora-cache.ts'
import type { KnownHashes } from './known-hashes.ts'

export type EnsureOptions = {
  /** ComfyUI's `models` folder on this box. */
  modelsDir: string
  hashes: KnownHashes
  toy: boolean
  /** Keys of models that may be fetched; the others must be there already. */
  wanted: ReadonlySet<string>
  /** Bearer token for gated files. */
  token: string | undefined
  download: DownloadOptions
  /** Origin of the model host; another one serves a mirror or a test. */
  host: string
  /** Room for LoRAs, bytes: the least recently used make place for one that is fetched. */
  loraCapBytes: number
  /** Files of LoRAs that are never removed. */
  keptLoras: ReadonlySet<string>
  log: Logger
}

/** Where a file of the list is fetched from; null = only the operator has it. */
export function addressOf({ source }: ModelFile, host: string): string | null {
  if ('url' in source) return source.url
  if ('operator' in source) return null
  const path = source.path.split('/').map(encodeURIComponent).join('/')
  return `${host}/${source.repo}/resolve/${encodeURIComponent(source.revision)}/${path}`
}

/** Whether the host wants our token: never anyone else's. */
function tokenFor(model: ModelFile, token: string | undefined): string | undefined {
  return 'repo' in model.source ? token : undefined
}

/** LoRAs of the list stay whatever their age: their templates need them. */
async function makeRoom(model: ModelFile, options: EnsureOptions): Promise<void> {
  const room = { capBytes: options.loraCapBytes, comingBytes: model.bytes ?? 0 }
  const removed = await evictLoras(join(options.modelsDir, model.folder), room, options.keptLoras)
  if (removed.length > 0) options.log.info({ removed }, 'LoRAs removed to make room')
}

async function fetchMissing(model: ModelFile, path: string, options: EnsureOptions, signal: AbortSignal) {
  const url = addressOf(model, options.host)
  if (url === null) throw new DownloadFailure('missing', 'only the operator has this file')
  if (model.folder === 'loras') await makeRoom(model, options)
  options.log.info({ model: model.key, bytes: model.bytes }, 'fetching a model')
  const onPart = (done: number, total: number) => options.log.info({ model: model.key, done, total }, 'model part')
  const { bytes, sha256 } = model
  const download = { url, target: path, bytes, sha256, token: tokenFor(model, options.token) }
  await fetchModel(download, { ...options.download, onPart }, signal)
}

async function ensureModel(model: ModelFile, options: EnsureOptions, signal: AbortSignal): Promise<string | null> {
  const path = join(options.modelsDir, model.folder, model.file)
  const check = (): Promise<ModelState> => checkModel(path, model, options, signal)
  let state = await check()
  if (state.kind === 'missing' && options.wanted.has(model.key)) {
    try {
      await fetchMissing(model, path, options, signal)
    } catch (error) {
      signal.throwIfAborted()
      return `${model.file} was not fetched: ${error instanceof Error ? error.message : 'unknown'}`
    }
    state = await check()
    // Ours, and not what the list promises: it would be taken for the model by anybody who goes by names.
    if (state.kind === 'wrong') await rm(path, { force: true })
  }
  if (state.kind === 'there' && model.folder === 'loras') await touchLora(path, new Date()).catch(() => {})
  if (state.kind === 'missing') return `${model.file} is missing in models/${model.folder}`
  return state.kind === 'wrong' ? `${model.file} is another file: ${state.why}` : null
}

/**
 * Checks every model of the list, fetching those that are wanted and missing, one after the other (each in parallel
 * ranges). Answers why not, by key, for those that this box cannot use. A file that is there and is not what the list
 * says is never overwritten: it may be somebody's.
 */
export async function ensureModels(
  models: readonly ModelFile[],
  options: EnsureOptions,
  signal: AbortSignal,
): Promise<Map<string, string>> {
  const faults = new Map<string, string>()
  for (const model of models) {
    const fault = await ensureModel(model, options, signal)
    if (fault !== null) faults.set(model.key, fault)
  }
  return faults
}
