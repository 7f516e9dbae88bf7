import { fillQueue } from '#supabase/bench/fill.ts'
import { complete, createWorld, newWorkerOf, openPool, printRow } from '#supabase/bench/world.ts'

const jobs = 100
const owners = jobs
/** What the queue takes a job for that was never measured, `warm_hold_ms` in SQL. */
const jobS = 10
const models = [
  { mode: 'style', variant: 'sdxl', model: 'sdxl-base' },
  { mode: 'remix', variant: 'schnell', model: 'flux1-schnell' },
  { mode: 'inpaint', variant: 'flux-fill', model: 'flux1-fill' },
]

/**
 * How often one box changes its model over a hundred jobs of three models, against the order of the queue; and how much
 * longer the unluckiest job waits for that: places lost × the ten seconds of a job. Nothing is rendered or timed.
 */
await using world = await createWorld(1)
const admin = openPool(world.adminUrl, 1)
await fillQueue(admin, { jobs, owners, models })
const { rows: queued } = await admin.query<{ id: string; model_key: string }>(
  'select id, model_key from public.jobs order by id',
)
const worker = await newWorkerOf(
  admin,
  models.map(({ mode, variant }) => `${mode}/${variant}`),
)
const served: { id: string; model_key: string }[] = []
for (;;) {
  const warm = served.at(-1)?.model_key
  const { rows } = await world.pool.query<{ job: { id: string; model_key: string; epoch: number } | null }>(
    'select public.claim_job($1, $2) as job',
    [worker, warm === undefined ? [] : [warm]],
  )
  const job = rows[0]?.job
  if (!job) break
  served.push(job)
  await complete(world.pool, worker, job)
}
if (served.length !== jobs) throw new Error(`only ${served.length} of ${jobs} were served`)
const later = queued.map(({ id }, place) => (served.findIndex((job) => job.id === id) - place) * jobS)
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
  value: Math.max(...later),
  unit: 's',
  peer: 'bound',
  peerValue: 30,
  samples: jobs,
})
await admin.end()

function switches(order: readonly { model_key: string }[]): number {
  return order.filter((job, index) => index > 0 && job.model_key !== order[index - 1]?.model_key).length
}
