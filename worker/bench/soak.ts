import process from 'node:process'
import { setTimeout as delay } from 'node:timers/promises'
import { quantile } from '#shared/bench/report.ts'
import { type BenchArtist, openParts, wishOf } from '#server/bench/parts.ts'
import { sized } from '#supabase/bench/sized.ts'
import { printRow } from '#supabase/bench/world.ts'
import { type Held, readParts } from './processes.ts'

/** `FORGE_SOAK_MINUTES`: how long; what grows slowly needs hours to show. */
const minutes = Number(process.env['FORGE_SOAK_MINUTES'] ?? sized(12, 0.4))
const atOnce = 4
const boxes = 2
const everyMs = sized(5_000, 1_000)

const parts: Readonly<Record<string, string>> = {
  'server/node.ts': 'the server',
  'supabase/local/main.ts': "the local Supabase's API",
  'worker/main.ts': 'the workers',
  'worker/standin/main.ts': 'the stand-ins for ComfyUI',
  Postgres: 'Postgres',
}

type Sample = { quarter: number; held: Map<string, Held>; dead: number; made: number }

/**
 * The whole path under steady work, two boxes and four images in hand at any moment. What a process holds is looked at
 * every few seconds; the first quarter is warming up (pools, compiled code, Postgres' plans, the first autovacuum after
 * a minute), then the last quarter is held against the second. Dead rows rise until autovacuum comes: their peaks are
 * compared, and the rest by its median.
 */
await using stack = await openParts()
const comfies = await Promise.all(Array.from({ length: boxes }, () => stack.startComfy(2)))
for (const comfyUrl of comfies) await stack.startWorker({ comfyUrl })
const artists = await Promise.all(Array.from({ length: atOnce }, () => stack.newArtist()))
const count = { made: 0, failed: 0 }
const began = performance.now()
const until = began + minutes * 60_000
process.stderr.write(`  ${minutes} minutes\n`)
const working = Promise.all(artists.map(work))
const samples: Sample[] = []
while (performance.now() < until) {
  await delay(everyMs)
  samples.push(await look())
}
await working
report()

async function work(artist: BenchArtist): Promise<void> {
  while (performance.now() < until) {
    const { jobs } = await artist.api.forge.create.mutate(wishOf(artist))
    const id = jobs[0]?.id ?? ''
    for (;;) {
      await delay(100)
      const { status } = await artist.api.forge.get.query({ id })
      if (status === 'failed' || status === 'canceled') count.failed += 1
      if (status === 'succeeded') count.made += 1
      if (['failed', 'canceled', 'succeeded'].includes(status)) break
    }
  }
}

async function look(): Promise<Sample> {
  const { rows } = await stack.admin.query<{ dead: string }>('select sum(n_dead_tup) as dead from pg_stat_user_tables')
  const at = performance.now() - began
  return {
    quarter: Math.min(3, Math.floor((at / (minutes * 60_000)) * 4)),
    held: await readParts(),
    dead: Number(rows[0]?.dead),
    made: count.made,
  }
}

function report(): void {
  for (const [part, name] of Object.entries(parts)) {
    compare(`memory of ${name}`, 'MB', (at) => (at.held.get(part)?.memoryKb ?? 0) / 1024)
    compare(`descriptors of ${name}`, '', (at) => at.held.get(part)?.descriptors ?? 0)
  }
  compare('dead rows, peak', '', (at) => at.dead, 1)
  compare('images a minute', '', ({ made, quarter }) => (made - madeBefore(quarter)) / (minutes / 4), 1)
  printRow({
    what: 'steady work: images that failed',
    value: (100 * count.failed) / (count.made + count.failed),
    unit: '%',
    peer: 'none',
    peerValue: 0,
    samples: count.made + count.failed,
  })
  printRow({
    what: 'steady work: images made',
    value: count.made,
    unit: '',
    peer: 'seconds of it',
    peerValue: (performance.now() - began) / 1_000,
    samples: count.made,
  })
}

function madeBefore(quarter: number): number {
  return samples.findLast((at) => at.quarter < quarter)?.made ?? 0
}

function compare(what: string, unit: 'MB' | '', pick: (at: Sample) => number, share = 0.5): void {
  const of = (quarter: number) =>
    quantile(
      samples.filter((at) => at.quarter === quarter).map((at) => pick(at)),
      share,
    )
  printRow({
    what: `steady work: ${what}`,
    value: of(3),
    unit,
    peer: 'in its second quarter',
    peerValue: of(1),
    samples: samples.length,
  })
}
