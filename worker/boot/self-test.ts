import type { Logger } from 'pino'
import type { Capabilities } from '#shared/worker/schema.ts'
import type { ComfyHttp } from '#worker/comfy/http.ts'
import { whenReachable } from '#worker/comfy/when-reachable.ts'
import { missingParts } from '#worker/core/check-template.ts'
import type { CatalogTemplate } from './load-catalog.ts'

export type SelfTest = { capabilities: Capabilities; templates: Map<string, CatalogTemplate> }

/**
 * Waits for ComfyUI (a cold box loads for minutes) and asks it what it can run. A template whose nodes or files are
 * missing is left out, loudly: the box is then never given a job that it would fail.
 */
export async function selfTest(
  http: ComfyHttp,
  catalog: ReadonlyMap<string, CatalogTemplate>,
  log: Logger,
  signal: AbortSignal,
): Promise<SelfTest> {
  const stats = await whenReachable(() => http.stats(signal), Number.POSITIVE_INFINITY, signal)
  const signatures = await whenReachable(() => http.objectInfo(signal), Number.POSITIVE_INFINITY, signal)
  const templates = new Map(
    [...catalog].filter(([key, template]) => {
      const missing = missingParts(template, signatures)
      if (missing.length > 0) log.warn({ template: key, missing }, 'template unavailable here')
      return missing.length === 0
    }),
  )
  const [device] = stats.devices
  const capabilities: Capabilities = {
    templates: [...templates.keys()],
    gpu: (device?.name ?? 'unknown').slice(0, 120),
    vramBytes: Math.max(0, Math.round(device?.vram_total ?? 0)),
    comfyVersion: stats.system.comfyui_version.slice(0, 40),
    standIn: stats.system.forge_standin,
    unavailable: {},
    toy: false,
  }
  if (templates.size === 0) log.error(capabilities, 'no template can run here')
  return { capabilities, templates }
}
