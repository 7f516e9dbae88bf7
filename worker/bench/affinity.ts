import { setTimeout as delay } from 'node:timers/promises'
import { Pool } from 'pg'
import { fillQueue } from '#supabase/bench/fill.ts'
import { createWorld, newWorkerOf, printRow } from '#supabase/bench/world.ts'

const jobs = 100
const owners = 25
/** A job of ten seconds in a third of one; so the patience of thirty seconds is one second here. */
const jobMs = 333
const speed = 30
const models = [
  { mode: 'style', variant: 'sdxl', model: 'sdxl-base' },
  { mode: 'remix', variant: 'schnell', model: 'flux1-schnell' },
  { mode: 'inpaint', variant: 'flux-fill', model: 'flux1-fill' },
]

/**
 * How often one box changes its model over a hundred jobs of three models, against the order of the queue; and how much
 * longer the unluckiest job waits for that, in seconds as they would be with jobs of ten.
 */
await using world = await createWorld(1)
const admin = new Pool({ connectionString: world.adminUrl, max: 1 })
admin.on('error', () => undefined)
await admin.query('update public.settings set warm_patience_s = $1', [30 / speed])
await fillQueue(admin, { jobs, owners, models })
const { rows: queued } = await admin.query<{ id: string; model_key: string }>(
  'select id, model_key from public.jobs order by id',
)
const worker = await newWorkerOf(
  admin,
  models.map(({ mode, variant }) => `${mode}/${variant}`),
)
const served: { id: string; model_key: string }[] = []
const waited = new Map<string, number>()
const started = performance.now()
process.stderr.write(`  ${jobs} jobs of ${jobMs} ms\n`)
for (;;) {
  const warm = served.at(-1)?.model_key
  const { rows } = await world.pool.query<{ job: { id: string; model_key: string; epoch: number } | null }>(
    'select public.claim_job($1, $2) as job',
    [worker, warm === undefined ? [] : [warm]],
  )
  const job = rows[0]?.job
  if (!job) break
  served.push(job)
  waited.set(job.id, performance.now() - started)
  await delay(jobMs)
  await world.pool.query(`select public.fail_job($1, $2, $3, 'INTERNAL', false, '')`, [worker, job.id, job.epoch])
}
if (served.length !== jobs) throw new Error(`only ${served.length} of ${jobs} were served`)
const perJob = (performance.now() - started) / jobs
const longer = queued.map(({ id }, place) => (((waited.get(id) ?? 0) - place * perJob) * speed) / 1_000)
printRow({
  what: `model switches over ${jobs} jobs of ${models.length} models`,
  value: switches(served),
  unit: '',
  peer: 'in the order of the queue (FIFO)',
  peerValue: switches(queued),
  samples: jobs,
})
printRow({
  what: 'the longest that a job waits longer for it, jobs of 10 s',
  value: Math.max(...longer),
  unit: 's',
  peer: 'bound',
  peerValue: 30,
  samples: jobs,
})
await admin.end()

function switches(order: readonly { model_key: string }[]): number {
  return order.filter((job, index) => index > 0 && job.model_key !== order[index - 1]?.model_key).length
}
