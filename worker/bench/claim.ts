import { pathToFileURL } from 'node:url'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { type BenchArtist, type BenchParts, openParts, wishOf } from '#server/bench/parts.ts'
import { quantile } from '#shared/bench/report.ts'
import { sized } from '#supabase/bench/sized.ts'
import { enqueue, newWorkerOf, openPool, printRow, timeEach } from '#supabase/bench/world.ts'
import { createBell, openBoss, openGraphile, type PeerQueue } from './queues.ts'

const presses = sized(120, 8)
const polls = sized(24, 3)
const claims = sized(300, 30)
const boxes = 200
const lostAfterMs = 20_000

type Sample = { pressed: number; committed: number; claimed: number }

/**
 * How long a committed job waits for an idle worker: ours (SQL → Realtime → worker → HTTP → tRPC → RPC, each a process
 * of its own) beside two queues whose worker listens on Postgres itself. Claimed is what each queue writes down while
 * it claims; presses come at random moments, never two within the doorbell's gap.
 */
await using parts = await openParts()
const service = openPool(parts.adminUrl, 4, '-c role=service_role')
const comfyUrl = await parts.startComfy(0)
const artist = await parts.newArtist()
const wish = await learnWish(parts, artist)

process.stderr.write(`  ${presses} presses for an idle worker\n`)
const ours = await pressFor(presses, { comfyUrl, idleMs: () => 120 + Math.random() * 120 })
process.stderr.write(`  ${polls} presses for a worker whose Realtime is cut\n`)
const cutter = pathToFileURL(path.join(import.meta.dirname, 'cut-realtime.ts')).href
const polled = await pressFor(polls, {
  comfyUrl,
  idleMs: () => Math.random() * 1_500,
  nodeOptions: `--import=${cutter}`,
})
process.stderr.write('  the same for graphile-worker and pg-boss\n')
await using graphile = await openGraphile(parts.adminUrl)
const graphiles = await pressPeer(graphile)
await graphile.rest()
await using boss = await openBoss(parts.adminUrl)
const bosses = await pressPeer(boss)
await boss.rest()

for (const share of [0.5, 0.95]) {
  for (const from of ['committed', 'pressed'] as const) {
    const at = (samples: readonly Sample[]) =>
      quantile(
        samples.map((sample) => (sample.claimed - sample[from]) / 1_000),
        share,
      )
    const row = {
      what: `${from} → claimed, idle worker, p${share * 100}`,
      value: at(ours),
      unit: 'ms',
      samples: ours.length,
    } as const
    printRow({ ...row, peer: 'graphile-worker (LISTEN)', peerValue: at(graphiles) })
    printRow({ ...row, peer: 'pg-boss (useListenNotify)', peerValue: at(bosses) })
  }
}
printRow({
  what: 'committed → claimed, Realtime cut, p95',
  value: quantile(
    polled.map((sample) => (sample.claimed - sample.committed) / 1_000),
    0.95,
  ),
  unit: 'ms',
  peer: 'the poll of 1.5 s ± 10 %',
  peerValue: 1_650,
  samples: polled.length,
})
await timeClaims()
await service.end()

/** What a press of this artist puts into the database, so that the worker accepts the job. */
async function learnWish({ admin }: BenchParts, owner: BenchArtist): Promise<Record<string, unknown>> {
  const { jobs } = await owner.api.forge.create.mutate(wishOf(owner))
  const { rows } = await admin.query<Record<string, unknown>>(
    `select j.mode, j.variant, j.model_key, j.steps, s.params, s.workflow_hash
     from public.jobs j join public.job_specs s on s.job_id = j.id where j.id = $1`,
    [jobs[0]?.id],
  )
  await admin.query('select public.cancel_job($1, $2)', [owner.id, jobs[0]?.id])
  if (!rows[0]) throw new Error('the job is not there')
  return rows[0]
}

type PressOptions = { comfyUrl: string; idleMs: () => number; nodeOptions?: string }

/** Presses one after another, each canceled as soon as the worker holds it; a worker that idles gets the next. */
async function pressFor(count: number, { idleMs, ...options }: PressOptions): Promise<Sample[]> {
  const started = createBell<string>()
  const ended = createBell<string>()
  const worker = await parts.startWorker({
    ...options,
    onLine(line) {
      if (line.includes('"attempt started"')) started.ring(line)
      if (line.includes('"attempt ended"')) ended.ring(line)
    },
  })
  // The first session's claim and the join of the doorbell are behind it by then.
  await delay(2_000)
  const drift = await clockDrift()
  const samples: (Omit<Sample, 'claimed'> & { id: string })[] = []
  for (let index = 0; index < count; index += 1) {
    const pressed = nowUs()
    const id = await enqueue(service, artist, wish)
    samples.push({ id, pressed: pressed + drift, committed: nowUs() + drift })
    await within(started.heard())
    await service.query('select public.cancel_job($1, $2)', [artist.id, id])
    await within(ended.heard())
    await delay(120 + idleMs())
  }
  await worker.stop()
  const { rows } = await parts.admin.query<{ id: string; at: string }>(
    'select job_id as id, extract(epoch from claimed_at) * 1e6 as at from public.job_attempts where epoch = 1',
  )
  const claimedAt = new Map(rows.map(({ id, at }) => [id, Number(at)]))
  return samples.map(({ id, ...sample }) => ({ ...sample, claimed: claimedAt.get(id) ?? Number.NaN }))
}

async function pressPeer(queue: PeerQueue): Promise<Sample[]> {
  await delay(1_000)
  const drift = await clockDrift()
  const samples: Sample[] = []
  for (let index = 0; index < presses; index += 1) {
    const pressed = nowUs() + drift
    await queue.add()
    const committed = nowUs() + drift
    samples.push({ pressed, committed, claimed: await within(queue.claimed()) })
    await delay(50 + Math.random() * 120)
  }
  return samples
}

/** The claim statement alone with jobs waiting, one connection each, taken in turn so that noise hits all alike. */
async function timeClaims(): Promise<void> {
  await parts.admin.query('update public.settings set worker_cap = 100000000')
  // Nothing is completed here: so many share the jobs that a box has in hand only what it could have.
  const fleet = await Promise.all(
    Array.from({ length: boxes }, () => newWorkerOf(parts.admin, ['remix/schnell', 'remix/dev'])),
  )
  let turn = 0
  const one = openPool(parts.adminUrl, 1, '-c role=service_role')
  const warmup = 50
  for (let index = 0; index < claims + warmup; index += 1) {
    await enqueue(service, artist, wish)
    await graphile.add()
    await boss.add()
  }
  const take = () =>
    one.query({ name: 'claim', text: `select public.claim_job($1, '{}')`, values: [fleet[(turn += 1) % boxes]] })
  const times = { ours: [] as number[], graphile: [] as number[], boss: [] as number[] }
  for (let index = 0; index < claims + warmup; index += 1) {
    const [first] = await timeEach(1, take)
    const [second] = await timeEach(1, graphile.take)
    const [third] = await timeEach(1, boss.take)
    if (index < warmup) continue
    times.ours.push(first ?? Number.NaN)
    times.graphile.push(second ?? Number.NaN)
    times.boss.push(third ?? Number.NaN)
  }
  await one.end()
  const row = {
    what: 'the claim call alone, p50',
    value: quantile(times.ours, 0.5),
    unit: 'ms',
    samples: claims,
  } as const
  printRow({ ...row, peer: "graphile-worker's get_job", peerValue: quantile(times.graphile, 0.5) })
  printRow({ ...row, peer: 'pg-boss fetch', peerValue: quantile(times.boss, 0.5) })
}

function nowUs(): number {
  return (performance.timeOrigin + performance.now()) * 1_000
}

/** Microseconds that the database's clock is ahead of this process's: the best of many round trips. */
async function clockDrift(): Promise<number> {
  let best = { trip: Number.POSITIVE_INFINITY, drift: 0 }
  for (let index = 0; index < 60; index += 1) {
    const before = nowUs()
    const { rows } = await service.query<{ at: string }>('select extract(epoch from clock_timestamp()) * 1e6 as at')
    const after = nowUs()
    const drift = Number(rows[0]?.at) - (before + after) / 2
    if (after - before < best.trip) best = { trip: after - before, drift }
  }
  return best.drift
}

async function within<T>(waiting: Promise<T>): Promise<T> {
  const late = new AbortController()
  const timer = delay(lostAfterMs, undefined, { signal: late.signal }).then(() => {
    throw new Error(`nothing was claimed or ended within ${lostAfterMs / 1_000} s`)
  })
  timer.catch(() => undefined)
  try {
    return await Promise.race([waiting, timer])
  } finally {
    late.abort()
  }
}
