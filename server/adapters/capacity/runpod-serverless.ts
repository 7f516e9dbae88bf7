import { z } from 'zod'
import type { PoolOffer, Remote } from '#server/services/capacity/state.ts'
import type { Asked, CapacityProvider, Wish } from './provider.ts'
import { type RunpodCall, problemOf } from './runpod-http.ts'

export type ServerlessConfig = { offer: PoolOffer; endpointId: string }

const states = {
  IN_QUEUE: 'waiting',
  IN_PROGRESS: 'running',
  RUNNING: 'running',
  COMPLETED: 'ended',
  FAILED: 'ended',
  CANCELLED: 'ended',
  TIMED_OUT: 'ended',
} as const
const job = z.object({ id: z.string().min(1), status: z.enum(Object.keys(states) as [keyof typeof states]) })
const endpoint = z.object({ workers: z.object({ max: z.int() }) })

/**
 * A queue endpoint used to wake and to pay for boxes only: one `/run` is one box, which answers it when it ends, so
 * RunPod neither scales it down at work nor keeps it afterwards. Works with no name: a wake whose answer was lost is
 * known by the key that it alone carries, and a box that comes too late finds its key revoked.
 */
export function createRunpodServerless(
  { offer, endpointId }: ServerlessConfig,
  { jobs, management }: { jobs: RunpodCall; management: RunpodCall },
): CapacityProvider {
  const path = (rest: string) => `/v2/${encodeURIComponent(endpointId)}/${rest}`
  return {
    provider: 'runpod-serverless',
    offer,
    ask: (wish, signal) => wake(jobs, path('run'), { wish, signal }),
    list: (known, signal) =>
      Promise.all(known.map((id) => look(jobs, path(`status/${encodeURIComponent(id)}`), signal))),
    async remove(id, signal) {
      const answer = await jobs('POST', path(`cancel/${encodeURIComponent(id)}`), { signal })
      if (answer.status === 200 || answer.status === 404) return
      // It may have ended by itself meanwhile, which cannot be cancelled.
      const { status } = await look(jobs, path(`status/${encodeURIComponent(id)}`), signal)
      if (status !== 'ended') throw new Error(`runpod serverless: cancel ${id}: ${problemOf(answer)}`)
    },
    async check(signal) {
      const health = await jobs('GET', path('health'), { signal })
      if (health.status !== 200) return `endpoint ${endpointId} does not answer (${problemOf(health)})`
      const facts = await management('GET', `/v2/serverless/${encodeURIComponent(endpointId)}`, { signal })
      if (facts.status !== 200) return `the key cannot read endpoint ${endpointId} (${problemOf(facts)})`
      // RunPod lowers it by itself after days without a request.
      return endpoint.safeParse(facts.body).data?.workers.max === 0
        ? `endpoint ${endpointId} allows no workers: raise its maximum`
        : null
    },
  }
}

async function wake(
  call: RunpodCall,
  path: string,
  { wish, signal }: { wish: Wish; signal: AbortSignal },
): Promise<Asked> {
  const executionTimeout = wish.maxAgeS * 1000
  const policy = { executionTimeout, ttl: executionTimeout + 3_600_000 }
  const answer = await call('POST', path, { body: { input: { box: wish.name, env: wish.env }, policy }, signal })
  const made = answer.status === 200 ? job.safeParse(answer.body).data : undefined
  if (made !== undefined) return { kind: 'asked', remote: toRemote(made) }
  const problem = problemOf(answer)
  if (answer.status === 429) return { kind: 'busy', problem, retryAfterS: answer.retryAfterS }
  if (answer.status === null && !answer.sent) return { kind: 'busy', problem, retryAfterS: 30 }
  if (answer.status === null || answer.status < 400 || answer.status >= 500) return { kind: 'unknown', problem }
  return { kind: 'refused', problem }
}

async function look(call: RunpodCall, path: string, signal: AbortSignal): Promise<Remote> {
  const answer = await call('GET', path, { signal })
  const id = decodeURIComponent(path.split('/').at(-1) ?? '')
  // Results are kept for half an hour only.
  if (answer.status === 404) return { id, name: null, status: 'ended', usdPerHour: null }
  const found = job.safeParse(answer.status === 200 ? answer.body : null)
  if (!found.success) throw new Error(`runpod serverless: status: ${problemOf(answer)}`)
  return toRemote(found.data)
}

function toRemote({ id, status }: z.infer<typeof job>): Remote {
  return { id, name: null, status: states[status], usdPerHour: null }
}
