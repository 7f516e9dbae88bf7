import { z } from 'zod'
import type { PoolOffer, Remote } from '#server/services/capacity/state.ts'
import type { Asked, CapacityProvider, Wish } from './provider.ts'
import { type RunpodCall, problemOf } from './runpod-http.ts'

export type PodsConfig = {
  offer: PoolOffer
  /** An image, a template whose settings the pod takes, or both. */
  image: string | null
  templateId: string | null
  /** GPU types in the order of preference, as `GET /v2/catalog/gpus` names them. */
  gpus: readonly string[]
  cloud: 'SECURE' | 'COMMUNITY'
  diskGb: number | null
  /** Boxes whose names begin so are ours; those of other deployments on the account are left alone. */
  namePrefix: string
}

const pod = z.object({
  id: z.string().min(1),
  name: z.string(),
  status: z.enum(['PROVISIONING', 'STARTING', 'RUNNING', 'EXITED', 'ERROR', 'TERMINATED']),
  cost: z.number().nullish(),
  runtime: z.object({ gpus: z.array(z.unknown()).optional() }).nullish(),
})
const podList = z.object({ pods: z.array(pod) })
const gpuList = z.object({
  gpus: z.array(
    z.object({
      id: z.string(),
      availability: z.string().optional(),
      price: z.object({ secure: z.number().optional(), community: z.number().optional() }),
    }),
  ),
})
type Gpu = z.infer<typeof gpuList>['gpus'][number]

/**
 * On-demand pods by REST v2 (docs.runpod.io, api-reference-v2). A create places one GPU type and never falls back, so
 * the candidates are tried in order. Pods are created and terminated, never stopped: a stopped one may come back
 * without a GPU, and its disk costs.
 */
export function createRunpodPods(config: PodsConfig, call: RunpodCall): CapacityProvider {
  return {
    provider: 'runpod-pods',
    offer: config.offer,
    ask: (wish, signal) => ask(config, call, { wish, signal }),
    async list(known, signal) {
      const answer = await call('GET', '/v2/pods', { signal })
      const listed = podList.safeParse(answer.status === 200 ? answer.body : null)
      if (!listed.success) throw new Error(`runpod pods: list: ${problemOf(answer)}`)
      const pods = listed.data.pods.filter(({ name }) => name.startsWith(config.namePrefix)).map(toRemote)
      const missing = known.filter((id) => !pods.some((one) => one.id === id))
      const looked = await Promise.all(missing.map((id) => look(call, id, signal)))
      return [...pods, ...looked.flatMap((one) => one ?? [])]
    },
    async remove(id, signal) {
      const answer = await call('DELETE', `/v2/pods/${encodeURIComponent(id)}`, { signal })
      if (answer.status !== 204 && answer.status !== 200 && answer.status !== 404)
        throw new Error(`runpod pods: delete ${id}: ${problemOf(answer)}`)
    },
    check: (signal) => check(config, call, signal),
  }
}

async function ask(
  config: PodsConfig,
  call: RunpodCall,
  { wish, signal }: { wish: Wish; signal: AbortSignal },
): Promise<Asked> {
  let problem = 'no GPU type is within the price'
  for (const gpu of await candidates(config, call, signal)) {
    const answer = await call('POST', '/v2/pods', { body: bodyOf(config, wish, gpu), signal })
    const made = answer.status === 201 ? pod.safeParse(answer.body).data : undefined
    if (made !== undefined) return { kind: 'asked', remote: toRemote(made) }
    problem = `${gpu}: ${problemOf(answer)}`
    if (answer.status === 400 || answer.status === 403) continue
    if (answer.status === 429) return { kind: 'busy', problem, retryAfterS: answer.retryAfterS }
    if (answer.status === null && !answer.sent) return { kind: 'busy', problem, retryAfterS: 30 }
    // No answer, one that makes no sense, or a failure behind the door: it may exist, so no candidate more is tried.
    if (answer.status === null || answer.status < 400 || answer.status >= 500) return { kind: 'unknown', problem }
    return { kind: 'refused', problem }
  }
  return { kind: 'no_room', problem }
}

function bodyOf(config: PodsConfig, wish: Wish, gpu: string) {
  return {
    name: wish.name,
    ...(config.image === null ? {} : { image: config.image }),
    ...(config.templateId === null ? {} : { templateId: config.templateId }),
    ...(config.diskGb === null ? {} : { disk: config.diskGb }),
    gpu: { id: gpu, count: 1 },
    cloud: config.cloud,
    env: wish.env,
    // The box calls us; nobody calls it.
    ports: [],
  }
}

/** Those within the price, the ones that the catalogue calls sold out last: it is a hint, a create decides. */
async function candidates(config: PodsConfig, call: RunpodCall, signal: AbortSignal): Promise<string[]> {
  const query = `include=AVAILABILITY&product=POD&cloud=${config.cloud}`
  const answer = await call('GET', `/v2/catalog/gpus?${query}`, { signal })
  const gpus = answer.status === 200 ? (gpuList.safeParse(answer.body).data?.gpus ?? []) : []
  const known = new Map(gpus.map((gpu) => [gpu.id, gpu]))
  const price = (gpu: Gpu | undefined) => (config.cloud === 'SECURE' ? gpu?.price.secure : gpu?.price.community) ?? 0
  const affordable = config.gpus.filter((id) => price(known.get(id)) <= config.offer.usdPerHour)
  const soldOut = (id: string) => known.get(id)?.availability === 'NONE'
  return [...affordable.filter((id) => !soldOut(id)), ...affordable.filter(soldOut)]
}

async function look(call: RunpodCall, id: string, signal: AbortSignal): Promise<Remote | null> {
  const answer = await call('GET', `/v2/pods/${encodeURIComponent(id)}`, { signal })
  if (answer.status === 404) return null
  const found = pod.safeParse(answer.status === 200 ? answer.body : null)
  if (!found.success) throw new Error(`runpod pods: get ${id}: ${problemOf(answer)}`)
  return toRemote(found.data)
}

function toRemote({ id, name, status, cost, runtime }: z.infer<typeof pod>): Remote {
  const blind = status === 'RUNNING' && runtime?.gpus?.length === 0
  const states = {
    PROVISIONING: 'starting',
    STARTING: 'starting',
    RUNNING: blind ? 'broken' : 'running',
    // Stopped or failed, and its disk still costs.
    EXITED: 'broken',
    ERROR: 'broken',
    TERMINATED: 'ended',
  } as const
  return { id, name, status: states[status], usdPerHour: cost ?? null }
}

async function check(config: PodsConfig, call: RunpodCall, signal: AbortSignal): Promise<string | null> {
  const listed = await call('GET', '/v2/pods', { signal })
  if (listed.status !== 200) return `the key cannot list pods (${problemOf(listed)})`
  const catalogue = await call('GET', '/v2/catalog/gpus', { signal })
  const gpus = catalogue.status === 200 ? gpuList.safeParse(catalogue.body).data?.gpus : undefined
  const unknown = config.gpus.filter((id) => gpus !== undefined && !gpus.some((gpu) => gpu.id === id))
  if (unknown.length > 0) return `RunPod knows no GPU type ${unknown.join(', ')}`
  if ((await candidates(config, call, signal)).length === 0)
    return `no GPU type of RUNPOD_POD_GPUS costs at most $${config.offer.usdPerHour} an hour`
  if (config.image !== null && !/[:@]/.test(config.image.split('/').at(-1) ?? ''))
    return `the image ${config.image} names no version`
  return null
}
