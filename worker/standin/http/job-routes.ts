import { Hono } from 'hono'
import { jobView, statuses } from '../core/jobs.ts'
import type { JobView } from '../core/jobs.ts'
import type { Machine } from '../core/machine.ts'
import type { Env } from './app.ts'
import { optionalJson } from './body.ts'

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** /api/jobs: one, many, cancel. */
export function jobRoutes(machine: Machine): Hono<Env> {
  const app = new Hono<Env>()
  app.get('/jobs/:id', (c) => {
    const job = find(machine, c.req.param('id'))
    return job === null ? c.json({ error: 'Job not found' }, 404) : c.json(job)
  })
  app.get('/jobs', (c) => {
    const wanted =
      c.req
        .query('status')
        ?.split(',')
        .map((status) => status.trim().toLowerCase()) ?? []
    const unknown = wanted.filter((status) => !statuses.includes(status))
    if (unknown.length > 0) return c.json({ error: `Invalid status value(s): ${unknown.join(', ')}` }, 400)
    const jobs = everyJob(machine).filter((job) => wanted.length === 0 || wanted.includes(job.status))
    sort(jobs, c.req.query('sort_by'), c.req.query('sort_order'))
    const offset = Math.max(0, Number(c.req.query('offset') ?? 0))
    const limit = c.req.query('limit') === undefined ? null : Number(c.req.query('limit'))
    const page = jobs.slice(offset, limit === null ? undefined : offset + limit)
    const has_more = offset + page.length < jobs.length
    return c.json({ jobs: page, pagination: { offset, limit, total: jobs.length, has_more } })
  })
  app.post('/jobs/cancel', async (c) => {
    const ids = (await optionalJson(c.req.raw))['job_ids']
    if (!Array.isArray(ids) || ids.length === 0) return c.json({ error: 'job_ids must be a non-empty list' }, 400)
    const invalid = ids.filter((id) => typeof id !== 'string' || !uuid.test(id))
    if (invalid.length > 0) return c.json({ error: 'job_ids contains invalid id(s)', invalid_ids: invalid }, 400)
    const cancelled = ids.map((id) => cancel(machine, String(id))).some(Boolean)
    return c.json({ cancelled })
  })
  app.post('/jobs/:id/cancel', (c) => c.json({ cancelled: cancel(machine, c.req.param('id')) }))
  return app
}

/** Waiting: gone without a trace. Running: interrupted at the next chance. Anything else: false. */
function cancel(machine: Machine, id: string): boolean {
  return machine.queue.drop((item) => item.id === id) > 0 || machine.interrupt(id)
}

function find(machine: Machine, id: string): JobView | null {
  const { queue } = machine
  const running = queue.running()
  if (running?.id === id) return jobView({ item: running, status: 'in_progress' }, true)
  const waiting = queue.pending().find((item) => item.id === id)
  if (waiting !== undefined) return jobView({ item: waiting, status: 'pending' }, true)
  const entry = queue.history().get(id)
  return entry === undefined ? null : jobView({ item: entry.item, entry }, true)
}

function everyJob(machine: Machine): JobView[] {
  const { queue } = machine
  const running = queue.running()
  return [
    ...queue.pending().map((item) => jobView({ item, status: 'pending' }, false)),
    ...(running === null ? [] : [jobView({ item: running, status: 'in_progress' }, false)]),
    ...[...queue.history().values()].map((entry) => jobView({ item: entry.item, entry }, false)),
  ]
}

function sort(jobs: JobView[], by: string | undefined, order: string | undefined): void {
  const key = (job: JobView) =>
    by === 'execution_duration' ? (job.execution_end_time ?? 0) - (job.execution_start_time ?? 0) : job.create_time
  const sign = order === 'asc' ? 1 : -1
  jobs.sort((a, b) => sign * (key(a) - key(b)))
}
