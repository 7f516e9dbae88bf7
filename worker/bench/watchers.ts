import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { REALTIME_SUBSCRIBE_STATES, RealtimeClient } from '@supabase/realtime-js'
import { z } from 'zod'
import { openParts, wishOf } from '#server/bench/parts.ts'
import { quantile } from '#shared/bench/report.ts'
import { frameMessage } from '#shared/realtime/schema.ts'
import { topics } from '#shared/realtime/topics.ts'
import { sized } from '#supabase/bench/sized.ts'
import { printRow } from '#supabase/bench/world.ts'

const watchers = sized(500, 10)
const joinMs = 60_000

const sentLine = z.object({ msg: z.literal('frame sent'), seq: z.number(), at: z.number() })

/**
 * One job watched by 500 sockets of its owner: how old a preview is when each of them has it, through the local
 * Realtime. Beside it the same with a single watcher. Sockets, Realtime, worker and database share this machine.
 */
await using parts = await openParts(`free_enabled = false, variants = '{"remix": "dev"}', licences = '{flux1-dev}'`)
const sent = new Map<number, number>()
let attempt: { job: string; epoch: number } | null = null
const comfyUrl = await parts.startComfy(600)
const preload = pathToFileURL(path.join(import.meta.dirname, 'note-frames.ts')).href
await parts.startWorker({ comfyUrl, nodeOptions: `--import=${preload}`, onLine: readLine })
const artist = await parts.newArtist()

const alone = await watch(1)
const crowd = await watch(watchers)
for (const share of [0.5, 0.95]) {
  printRow({
    what: `frame sent → at each of ${watchers} watchers, p${share * 100}`,
    value: quantile(crowd.ages, share),
    unit: 'ms',
    peer: 'one watcher',
    peerValue: quantile(alone.ages, share),
    samples: crowd.ages.length,
  })
}
printRow({
  what: `frames that reached a watcher, ${watchers} of them`,
  value: (crowd.ages.length / (crowd.frames * watchers)) * 100,
  unit: '%',
  peer: 'one watcher',
  peerValue: (alone.ages.length / alone.frames) * 100,
  samples: crowd.frames * watchers,
})

function readLine(line: string): void {
  if (!line.startsWith('{')) return
  const value: unknown = JSON.parse(line)
  const frame = sentLine.safeParse(value)
  if (frame.success) sent.set(frame.data.seq, frame.data.at)
  const begun = z.object({ msg: z.literal('attempt started'), job: z.string(), epoch: z.number() }).safeParse(value)
  if (begun.success) attempt = begun.data
}

/** Watches one job from its start to its end; ages in milliseconds, of every frame at every watcher. */
async function watch(count: number): Promise<{ ages: number[]; frames: number }> {
  process.stderr.write(`  ${count} watching\n`)
  const clients = Array.from(
    { length: count },
    () =>
      new RealtimeClient(`${parts.supabaseUrl.replace(/^http/, 'ws')}/realtime/v1`, {
        params: { apikey: parts.publishableKey },
        accessToken: () => Promise.resolve(artist.token),
      }),
  )
  sent.clear()
  attempt = null
  const { jobs } = await artist.api.forge.create.mutate(wishOf(artist))
  const held = await until(() => attempt)
  const got: { seq: number; at: number }[] = []
  await Promise.all(clients.map((client) => join(client, held, got)))
  // Only what was sent when everybody was there counts.
  const from = performance.timeOrigin + performance.now()
  const id = jobs[0]?.id ?? ''
  await until(async () => ((await artist.api.forge.get.query({ id })).status === 'succeeded' ? true : null), 250)
  await delay(500)
  await Promise.all(clients.map((client) => client.disconnect()))
  const counted = new Map([...sent].filter(([, at]) => at > from))
  const ages = got.flatMap(({ seq, at }) => {
    const start = counted.get(seq)
    return start === undefined ? [] : [at - start]
  })
  return { ages, frames: counted.size }
}

function join(
  client: RealtimeClient,
  { job, epoch }: { job: string; epoch: number },
  got: { seq: number; at: number }[],
): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  client
    .channel(topics.job(job, epoch), { config: { private: true } })
    .on('broadcast', { event: 'frame' }, ({ payload }) => {
      got.push({ seq: frameMessage.parse(payload).seq, at: performance.timeOrigin + performance.now() })
    })
    .subscribe((status) => status === REALTIME_SUBSCRIBE_STATES.SUBSCRIBED && resolve())
  return promise
}

async function until<T>(found: () => T | null | Promise<T | null>, everyMs = 5): Promise<T> {
  const deadline = performance.now() + joinMs
  for (;;) {
    const value = await found()
    if (value !== null) return value
    if (performance.now() > deadline) throw new Error(`nothing within ${joinMs / 1_000} s`)
    await delay(everyMs)
  }
}
