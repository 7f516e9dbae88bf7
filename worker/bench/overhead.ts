import { setTimeout as delay } from 'node:timers/promises'
import { type BenchArtist, type BenchParts, openParts, wishOf } from '#server/bench/parts.ts'
import { quantile } from '#shared/bench/report.ts'
import { sized } from '#supabase/bench/sized.ts'
import { enqueue, openPool, printRow } from '#supabase/bench/world.ts'
import { noisyImage } from '#worker/testing/images.ts'
import { runAllAtOnce } from './one-at-a-time.ts'

const queued = sized(100, 8)
const singles = sized(15, 4)
/** Size of the full picture as a PNG, KB; the middle one is a photograph-like megapixel. */
const sizes = [50, 1_500, 6_000] as const
const steps = 4
const lostAfterMs = 240_000

type Times = Record<'total' | 'encode' | 'upload' | 'check', number>
type Line = {
  msg?: string
  job?: string
  encodeMs?: number
  uploadMs?: number
  checkMs?: number
  stageMs?: Record<string, number>
}

/**
 * What the studio costs over the picture itself, each part a process of its own: from the last step to `succeeded` with
 * its breakdown, and a hundred queued jobs beside a client that does nothing but post and fetch.
 */
await using parts = await openParts()
const service = openPool(parts.adminUrl, 2, '-c role=service_role')
const artist = await parts.newArtist()
const wish = await learnWish(parts, artist)
await parts.admin.query('update public.settings set worker_cap = 100000000')
for (const kb of sizes) await measureEnd(kb)
await measureQueue()
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

async function until(done: () => boolean, what: string): Promise<void> {
  const deadline = performance.now() + lostAfterMs
  while (!done()) {
    if (performance.now() > deadline) throw new Error(`not within ${lostAfterMs / 1_000} s: ${what}`)
    await delay(10)
  }
}

/** A worker on a stand-in whose pictures have this size, and what it has said so far. */
async function startBox(kb: number, stepMs: number) {
  const comfyUrl = await parts.startComfy(stepMs, kb)
  const lines: Line[] = []
  const worker = await parts.startWorker({
    comfyUrl,
    onLine(text) {
      if (text.startsWith('{')) lines.push(JSON.parse(text) as Line)
    },
  })
  await delay(2_000)
  const ended = () => lines.filter(({ msg }) => msg === 'attempt ended')
  return { comfyUrl, worker, lines, ended }
}

async function measureEnd(kb: number): Promise<void> {
  process.stderr.write(`  ${singles} images of ${kb} KB, one after another\n`)
  const box = await startBox(kb, 30)
  for (let i = 1; i <= singles; i += 1) {
    await enqueue(service, artist, wish)
    await until(() => box.ended().length === i, 'an image')
  }
  await box.worker.stop()
  const times = box.ended().map(({ job, stageMs }): Times => {
    const of = (msg: string) => box.lines.find((line) => line.msg === msg && line.job === job) ?? {}
    const { uploadMs = Number.NaN, checkMs = Number.NaN } = of('delivered')
    const total = (stageMs?.['decoding'] ?? 0) + (stageMs?.['saving'] ?? 0)
    return { total, encode: of('encoded').encodeMs ?? Number.NaN, upload: uploadMs, check: checkMs }
  })
  const p50 = (part: keyof Times) =>
    quantile(
      times.slice(2).map((time) => time[part]),
      0.5,
    )
  const size = kb < 1_000 ? `${kb} KB` : `${kb / 1_000} MB`
  const row = { what: `last step → succeeded, ${size} PNG, p50`, value: p50('total'), unit: 'ms' } as const
  const samples = times.length - 2
  printRow({ ...row, samples, peer: 'of it until all are encoded', peerValue: p50('encode') })
  printRow({ ...row, samples, peer: 'of it encoding and uploading', peerValue: p50('upload') })
  printRow({ ...row, samples, peer: 'of it checked and booked', peerValue: p50('check') })
}

async function measureQueue(): Promise<void> {
  const box = await startBox(1_500, 50)
  process.stderr.write(`  ${queued} queued jobs through the worker\n`)
  await parts.admin.query('update public.settings set dispatch_paused = true')
  for (let i = 0; i < queued; i += 1) await enqueue(service, artist, wish)
  const began = performance.now()
  await parts.admin.query('update public.settings set dispatch_paused = false')
  await until(() => box.ended().length === queued, 'all images')
  const ours = (performance.now() - began) / queued
  await box.worker.stop()
  process.stderr.write(`  the same ${queued} through a client that posts all at once\n`)
  const input = await noisyImage(96, 64)
  const raw = await runAllAtOnce({ url: box.comfyUrl, input, pixels: 1_048_576, steps, images: queued })
  printRow({
    what: `${queued} queued jobs of 1.5 MB, wall time a job`,
    value: ours,
    unit: 'ms',
    peer: 'raw client, all posted at once',
    peerValue: (raw * 1_000) / queued,
    samples: queued,
  })
}
