import { pino } from 'pino'
import type { CapacityProvider } from '#server/adapters/capacity/provider.ts'
import { createRunpodCall } from '#server/adapters/capacity/runpod-http.ts'
import { createRunpodPods } from '#server/adapters/capacity/runpod-pods.ts'
import { createRunpodServerless } from '#server/adapters/capacity/runpod-serverless.ts'
import { createNudge } from '#server/concurrency/nudge.ts'
import { tickCapacity } from '#server/services/capacity/tick.ts'
import type { Timings } from '#server/standin/runpod/boxes.ts'
import { createRunpodStandin } from '#server/standin/runpod/standin.ts'
import { memoryBoxes } from './memory-boxes.ts'

const apiKey = 'rpa_of_the_tests'
const endpointId = 'ep1'
const template = 'remix/schnell'
const realTimings: Timings = { provisionMs: 20_000, startMs: 40_000, listLagMs: 20_000, vanishMs: 1_200_000 }
/** From healthy to the first session: self-test and loading. */
const bootMs = 30_000
const jobMs = 12_000

export type RentedDayOptions = { pools?: ('pods' | 'serverless')[]; timings?: Timings; tickMs?: number; start?: number }

/**
 * The real tick and the real clients against RunPod's stand-in, on a clock that only `pass` moves. Jobs are a number of
 * milliseconds of work in a queue; a box that is up takes one after the other.
 */
export function rentedDay({ pools = ['pods'], timings = realTimings, tickMs = 15_000, start }: RentedDayOptions = {}) {
  let clock = start ?? Date.UTC(2026, 10, 23)
  const now = () => clock
  const standin = createRunpodStandin({ apiKey, endpointId, timings, now })
  const memory = memoryBoxes(now)
  /** What the database's clock says. */
  const stamp = () => clock + memory.world.skewMs
  const fetch = async (url: URL, init: RequestInit) => standin.app.request(url, init)
  const call = createRunpodCall('http://runpod.test', apiKey, { fetch })
  const offer = { templates: [template], trust: 'datacenter', usdPerHour: 1.2 } as const
  const makers = {
    pods: (): CapacityProvider =>
      createRunpodPods(
        {
          offer: { ...offer, name: 'pods', listed: true },
          image: 'forge/worker:1',
          templateId: null,
          gpus: ['NVIDIA GeForce RTX 4090', 'NVIDIA L40S'],
          cloud: 'SECURE',
          diskGb: null,
          namePrefix: 'forge-test-',
        },
        call,
      ),
    serverless: (): CapacityProvider =>
      createRunpodServerless(
        { offer: { ...offer, usdPerHour: 1.116, name: 'serverless', listed: false }, endpointId },
        { jobs: call, management: call },
      ),
  }
  const capacity = {
    providers: pools.map((pool) => makers[pool]()),
    namePrefix: 'forge-test-',
    serverUrl: 'http://forge.test',
    holder: 'one',
    nudge: createNudge(),
  }
  const deps = { capacity, boxes: memory.store, log: pino({ level: 'silent' }) }
  const queue = { jobs: 0, done: 0 }
  const peak = { boxes: 0, usdPerHour: 0 }
  /** What each box works on until. */
  const busyUntil = new Map<string, number>()

  /** Boxes come up, work and end as they would between two ticks. */
  function live(): void {
    for (const rented of standin.boxes.alive()) {
      const row = memory.rows.find(({ name }) => name === rented.name)
      // Its key is revoked: the worker is refused and ends, and with it the wake.
      if (rented.kind === 'wake' && row?.state === 'gone') standin.boxes.end(rented, 'COMPLETED')
      if (row === undefined || row.state === 'gone' || rented.fate === 'stuck' || rented.fate === 'blind') continue
      if (rented.kind === 'pod' && row.remote_id !== null && row.remote_id !== rented.id) continue
      if (clock - rented.madeAt < timings.provisionMs + timings.startMs + bootMs) continue
      row.seen_at = stamp()
      if (row.up_at === null) {
        row.up_at = stamp()
        row.busy_at = stamp()
        if (row.state !== 'draining') row.state = 'up'
      }
      work(row)
    }
    // A box that is no more loses its job, which goes back to the queue.
    for (const row of memory.rows) {
      if (row.running > 0 && !standin.boxes.alive().some(({ name }) => name === row.name)) {
        row.running = 0
        queue.jobs += 1
      }
    }
  }

  function work(row: (typeof memory.rows)[number]): void {
    let free = Math.max(busyUntil.get(row.id) ?? 0, clock - tickMs)
    if (row.running > 0 && free <= clock) {
      row.running = 0
      queue.done += 1
      row.busy_at = free + memory.world.skewMs
    }
    while (row.running === 0 && queue.jobs > 0 && row.state !== 'draining' && free <= clock) {
      queue.jobs -= 1
      free += jobMs
      if (free > clock) row.running = 1
      else queue.done += 1
      row.busy_at = Math.min(free, clock) + memory.world.skewMs
    }
    busyUntil.set(row.id, free)
  }

  async function step(): Promise<void> {
    clock += tickMs
    live()
    memory.world.demand =
      queue.jobs === 0 ? [] : [{ template, trust: 'community', jobs: queue.jobs, work_ms: queue.jobs * jobMs }]
    await tickCapacity(deps)
    peak.boxes = Math.max(peak.boxes, standin.boxes.alive().length)
    peak.usdPerHour = Math.max(
      peak.usdPerHour,
      standin.boxes.alive().reduce((sum, box) => sum + box.usdPerHour, 0),
    )
  }

  return {
    ...memory,
    standin,
    deps,
    queue,
    peak,
    now,
    step,
    /** Lets so many minutes pass; `each` is called before every tick. */
    async pass(minutes: number, each: (at: number) => void = () => undefined): Promise<void> {
      for (const end = clock + minutes * 60_000; clock < end;) {
        each(clock)
        await step()
      }
    },
    alive: () => standin.boxes.alive().length,
    open: () => memory.rows.filter(({ state }) => state !== 'gone'),
    asked: () => memory.rows.length,
  }
}
