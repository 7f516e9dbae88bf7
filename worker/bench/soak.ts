import { readdir, readFile } from 'node:fs/promises'
import process from 'node:process'
import { setTimeout as delay } from 'node:timers/promises'
import { type BenchParts, openParts, wishOf } from '#server/bench/parts.ts'
import { sized } from '#supabase/bench/sized.ts'
import { printRow } from '#supabase/bench/world.ts'

/** `FORGE_SOAK_MINUTES`: how long; what grows slowly needs hours to show. */
const minutes = Number(process.env['FORGE_SOAK_MINUTES'] ?? sized(2, 0.2))
const atOnce = 4
const boxes = 2

type Sample = { rssKb: number; descriptors: number; dead: number }

/**
 * The whole path under steady work, two boxes and four images in hand at any moment: memory and descriptors of every
 * process together, and dead rows, at the end against the time after the first fifth.
 */
await using parts = await openParts()
const comfies = await Promise.all(Array.from({ length: boxes }, () => parts.startComfy(2)))
for (const comfyUrl of comfies) await parts.startWorker({ comfyUrl })
const artists = await Promise.all(Array.from({ length: atOnce }, () => parts.newArtist()))
const until = performance.now() + minutes * 60_000
let made = 0
let failed = 0
process.stderr.write(`  ${minutes} minutes\n`)
const working = Promise.all(
  artists.map(async (artist) => {
    while (performance.now() < until) {
      const { jobs } = await artist.api.forge.create.mutate(wishOf(artist))
      const id = jobs[0]?.id ?? ''
      for (;;) {
        await delay(100)
        const { status } = await artist.api.forge.get.query({ id })
        if (status === 'failed' || status === 'canceled') failed += 1
        if (status === 'succeeded') made += 1
        if (['failed', 'canceled', 'succeeded'].includes(status)) break
      }
    }
  }),
)
await delay(minutes * 12_000)
const early = await sample(parts)
await working
await delay(2_000)
const late = await sample(parts)
const row = (what: string, unit: 'KB' | '', pick: (at: Sample) => number) =>
  printRow({
    what: `${minutes} minutes of work: ${what}`,
    value: pick(late),
    unit,
    peer: 'after a fifth of it',
    peerValue: pick(early),
    samples: made,
  })
row('memory of all processes', 'KB', (at) => at.rssKb)
row('open descriptors of all processes', '', (at) => at.descriptors)
row('dead rows', '', (at) => at.dead)
printRow({
  what: `${minutes} minutes of work: images that failed`,
  value: failed,
  unit: '',
  peer: 'images made',
  peerValue: made,
  samples: made + failed,
})

async function sample({ admin }: BenchParts): Promise<Sample> {
  const pids = await family(process.pid)
  const facts = await Promise.all(pids.map(readProcess))
  const { rows } = await admin.query<{ dead: string }>('select sum(n_dead_tup) as dead from pg_stat_user_tables')
  return {
    rssKb: facts.reduce((sum, fact) => sum + fact.rssKb, 0),
    descriptors: facts.reduce((sum, fact) => sum + fact.descriptors, 0),
    dead: Number(rows[0]?.dead),
  }
}

/** Every process below `root`, this one apart. Linux only: read from /proc. */
async function family(root: number): Promise<number[]> {
  const all = await readdir('/proc')
  const parents = new Map<number, number>()
  for (const name of all.filter((entry) => /^\d+$/.test(entry))) {
    const stat = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => '')
    parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]))
  }
  const found: number[] = []
  const descend = (pid: number): void => {
    for (const [child, parent] of parents) {
      if (parent !== pid) continue
      found.push(child)
      descend(child)
    }
  }
  descend(root)
  return found
}

/** Private memory (shared buffers of Postgres are not counted once per process) and descriptors of one process. */
async function readProcess(pid: number): Promise<{ rssKb: number; descriptors: number }> {
  const memory = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => '')
  const descriptors = await readdir(`/proc/${pid}/fd`).catch(() => [])
  const of = (field: string) => Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(memory)?.[1] ?? 0)
  return { rssKb: of('Private_Clean') + of('Private_Dirty'), descriptors: descriptors.length }
}
