import type { Logger } from 'pino'
import type { Capabilities } from '#shared/worker/schema.ts'
import { usdMicrosOf, type ProviderOffer } from '#shared/workflows/provider.ts'
import { loadWorkflows, type CatalogTemplate } from '#worker/boot/load-catalog.ts'
import type { ControlPlane } from '#worker/control/control-plane.ts'
import { backoffMs } from '#worker/core/backoff.ts'
import type { WorkerEnv } from '#worker/env.ts'
import type { Journal } from '#worker/journal.ts'
import type { Maker } from '#worker/open-comfy.ts'
import { wait } from '#worker/wait.ts'
import { createReplicateBackend } from './backend.ts'
import { createReplicateClient, type ReplicateClient } from './client.ts'
import { replicateTimes, type ReplicateTimes } from './parts.ts'
import { ReplicateError } from './replicate-error.ts'

/** The account of worker/standin/replicate: what it renders is labelled. */
const standinAccount = 'forge-standin'
const callMs = 20_000

export type ReplicateMakerOptions = {
  env: WorkerEnv
  token: string
  control: ControlPlane
  journal: Journal
  times?: Partial<ReplicateTimes>
  log: Logger
}

/** Asks until the provider answers at all; what it refuses is thrown. */
async function whenAnswered<T>(ask: () => Promise<T>, log: Logger, signal: AbortSignal): Promise<T> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await ask()
    } catch (error) {
      const isAway = error instanceof ReplicateError && (error.kind === 'away' || error.kind === 'throttled')
      if (!isAway) throw error
      log.warn({ attempt, err: error }, 'the provider does not answer yet')
      await wait(backoffMs(attempt, { baseMs: 1_000, capMs: 30_000 }, Math.random()), signal)
    }
  }
}

/** Every input that an offer may set. */
function fieldsOf(offer: ProviderOffer): string[] {
  const { prompt, images, mask, seed, size, sliders, fixed, lora } = offer
  return [
    prompt.field,
    ...images.map((image) => image.field),
    ...[mask, seed?.field, lora].filter((field) => field !== undefined),
    ...(size.by === 'ratio' ? [size.field] : []),
    ...sliders.map((slider) => slider.field),
    ...Object.keys(fixed),
  ]
}

/** Why an offer does not stand, in words for the operator; null when it does. Models change their inputs now and then. */
async function offerFault(
  client: ReplicateClient,
  offer: ProviderOffer,
  { loraUrl, log }: { loraUrl: string | undefined; log: Logger },
  signal: AbortSignal,
): Promise<string | null> {
  if (offer.lora !== undefined && loraUrl === undefined) return 'REPLICATE_LORA_URL is not set'
  try {
    const names = await whenAnswered(() => client.inputsOf(offer.model, signal), log, signal)
    // Some official models show no schema; their offer stands as it is written.
    const missing = names.length === 0 ? [] : fieldsOf(offer).filter((field) => !names.includes(field))
    return missing.length === 0 ? null : `${offer.model} does not take ${missing.join(', ')}`
  } catch (error) {
    if (error instanceof ReplicateError && error.kind === 'gone') return `${offer.model} does not exist`
    throw error
  }
}

async function faultsOf(
  client: ReplicateClient,
  offers: ReadonlyMap<string, ProviderOffer>,
  options: { loraUrl: string | undefined; log: Logger },
  signal: AbortSignal,
): Promise<Map<string, string>> {
  const distinct = new Map([...offers.values()].map((offer) => [offer, offerFault(client, offer, options, signal)]))
  const checked = await Promise.all(
    [...offers].map(async ([name, offer]) => [name, (await distinct.get(offer)) ?? null] as const),
  )
  return new Map(checked.flatMap(([name, fault]) => (fault === null ? [] : [[name, fault] as const])))
}

function capabilitiesOf(
  standing: ReadonlyMap<string, ProviderOffer>,
  faults: ReadonlyMap<string, string>,
  { standIn, parallel }: { standIn: boolean; parallel: number },
): Capabilities {
  const offers = [...standing].map(
    ([name, offer]) => [name, { usdMicros: usdMicrosOf(offer), sells: offer.sells }] as const,
  )
  return {
    templates: [...standing.keys()],
    gpu: standIn ? 'Replicate stand-in' : 'Replicate',
    vramBytes: 0,
    comfyVersion: '',
    standIn,
    unavailable: Object.fromEntries(faults),
    toy: false,
    provider: { name: 'replicate', offers: Object.fromEntries(offers), parallel },
  }
}

/**
 * The provider in place of a ComfyUI: the token tried, every offer held against the live schema of its model. Waits for a
 * provider that does not answer; throws when the token is refused.
 */
export async function openReplicate(options: ReplicateMakerOptions, signal: AbortSignal): Promise<Maker> {
  const { env, token, control, journal, log } = options
  const apiUrl = env.REPLICATE_API_URL
  const loraUrl = env.REPLICATE_LORA_URL
  const client = createReplicateClient({ url: apiUrl, token, timeoutMs: callMs })
  const username = await whenAnswered(() => client.username(signal), log, signal)
  const { templates, offers } = await loadWorkflows(env.WORKFLOWS_DIR)
  const faults = await faultsOf(client, offers, { loraUrl, log }, signal)
  const standing = new Map([...offers].filter(([name]) => !faults.has(name)))
  const runnable = [...standing.keys()].flatMap((name): [string, CatalogTemplate][] => {
    const template = templates.get(name)
    return template ? [[name, template]] : []
  })
  const times = { ...replicateTimes, ...options.times }
  const door = { closedUntil: 0, why: '' }
  const parts = { client, apiUrl, offers: standing, loraUrl, control, journal, times, door, log }
  return {
    backend: createReplicateBackend(parts, env.REPLICATE_PARALLEL),
    found: {
      capabilities: capabilitiesOf(standing, faults, {
        standIn: username === standinAccount,
        parallel: env.REPLICATE_PARALLEL,
      }),
      templates: new Map(runnable),
      warm: null,
    },
    close: () => {},
  }
}
