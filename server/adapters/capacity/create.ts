import { createHash, randomUUID } from 'node:crypto'
import { createNudge } from '#server/concurrency/nudge.ts'
import type { Capacity } from '#server/services/capacity/tick.ts'
import type { CapacityEnv } from './env.ts'
import type { CapacityProvider } from './provider.ts'
import { createRunpodCall } from './runpod-http.ts'
import { createRunpodPods } from './runpod-pods.ts'
import { createRunpodServerless } from './runpod-serverless.ts'

export type Here = {
  supabaseUrl: string
  /** Where people open the studio: boxes find the server there unless CAPACITY_SERVER_URL says otherwise. */
  serverUrl: string
  /** All that this server offers. */
  templates: readonly string[]
}

/**
 * What the environment says of rented boxes; null when it names no account. Throws when they could never reach this
 * server: each would cost its start and do nothing.
 */
export function createCapacity(env: CapacityEnv, { supabaseUrl, serverUrl, templates }: Here): Capacity | null {
  const { RUNPOD_API_KEY: key } = env
  if (key === undefined) return null
  const address = env.CAPACITY_SERVER_URL ?? serverUrl
  if (env.RUNPOD_API_URL.startsWith('https:') && !address.startsWith('https:'))
    throw new Error(
      `RUNPOD_API_KEY is set, but rented boxes cannot reach ${address || 'this server'}: set PUBLIC_URL or CAPACITY_SERVER_URL to its https address`,
    )
  const namePrefix = `forge-${createHash('sha256').update(supabaseUrl).digest('hex').slice(0, 6)}-`
  const able = env.CAPACITY_TEMPLATES ?? templates
  const management = createRunpodCall(env.RUNPOD_API_URL, key)
  const providers: CapacityProvider[] = []
  if (env.RUNPOD_ENDPOINT_ID !== undefined) {
    const price = env.RUNPOD_ENDPOINT_USD_PER_HOUR
    const offer = {
      name: 'serverless',
      templates: able,
      trust: 'datacenter',
      usdPerHour: price,
      listed: false,
    } as const
    const jobs = createRunpodCall(env.RUNPOD_JOBS_URL, key)
    providers.push(createRunpodServerless({ offer, endpointId: env.RUNPOD_ENDPOINT_ID }, { jobs, management }))
  }
  if (env.RUNPOD_POD_IMAGE !== undefined || env.RUNPOD_POD_TEMPLATE_ID !== undefined) {
    const trust = env.RUNPOD_POD_CLOUD === 'SECURE' ? 'datacenter' : 'community'
    const offer = {
      name: 'pods',
      templates: able,
      trust,
      usdPerHour: env.RUNPOD_POD_USD_PER_HOUR,
      listed: true,
    } as const
    const config = {
      offer,
      image: env.RUNPOD_POD_IMAGE ?? null,
      templateId: env.RUNPOD_POD_TEMPLATE_ID ?? null,
      gpus: env.RUNPOD_POD_GPUS,
      cloud: env.RUNPOD_POD_CLOUD,
      diskGb: env.RUNPOD_POD_DISK_GB ?? null,
      namePrefix,
    }
    providers.push(createRunpodPods(config, management))
  }
  return {
    providers,
    namePrefix,
    serverUrl: address,
    holder: randomUUID(),
    nudge: createNudge(),
  }
}
