import { Hono } from 'hono'
import { z } from 'zod'
import type { Boxes } from './boxes.ts'
import { gpuTypes } from './catalogue.ts'
import { problem } from './errors.ts'
import type { Faults } from './faults.ts'
import { fail } from './pods.ts'

const runBody = z.looseObject({
  input: z.looseObject({ box: z.string().default(''), env: z.record(z.string(), z.string()).default({}) }),
  policy: z
    .looseObject({
      executionTimeout: z.int().min(5_000).max(604_800_000).optional(),
      ttl: z.int().min(10_000).max(604_800_000).optional(),
    })
    .optional(),
})

/** The job API of one queue endpoint (`/v2/<endpoint>/…`); every job is a worker of its own. */
export function serverlessRoutes(boxes: Boxes, faults: Faults): Hono {
  const app = new Hono()
  app.post('/run', async (c) => {
    const parsed = runBody.safeParse(await c.req.json().catch(() => null))
    if (!parsed.success) return problem(c, 400, 'input is missing, or the policy is out of range')
    const fault = faults.takeFault('run')
    if (fault !== null && fault !== 'lost') return fail(c, 'run', fault)
    const { box: name, env } = parsed.data.input
    const [gpu] = gpuTypes
    const box = boxes.make({
      name,
      kind: 'wake',
      env,
      usdPerHour: gpu.serverless,
      gpu: gpu.id,
      cloud: 'SECURE',
      image: '',
      fate: faults.takeFate(),
    })
    return fault === 'lost' ? problem(c, 504, 'upstream timed out') : c.json({ id: box.id, status: 'IN_QUEUE' })
  })
  app.get('/status/:id', (c) => {
    const fault = faults.takeFault('status')
    if (fault !== null) return fail(c, 'status', fault)
    const box = boxes.find(c.req.param('id'), 'wake')
    return box === null ? problem(c, 404, 'job not found') : c.json({ id: box.id, status: boxes.wakeStatus(box) })
  })
  app.post('/cancel/:id', (c) => {
    const fault = faults.takeFault('cancel')
    if (fault !== null && fault !== 'lost') return fail(c, 'cancel', fault)
    const box = boxes.find(c.req.param('id'), 'wake')
    if (box === null) return problem(c, 404, 'job not found')
    if (box.outcome !== null) return problem(c, 400, `job is ${box.outcome}`)
    boxes.end(box, 'CANCELLED')
    return fault === 'lost' ? problem(c, 504, 'upstream timed out') : c.json({ id: box.id, status: 'CANCELLED' })
  })
  app.get('/health', (c) => {
    const fault = faults.takeFault('health')
    if (fault !== null) return fail(c, 'health', fault)
    const wakes = boxes.alive('wake')
    const running = wakes.filter((box) => boxes.wakeStatus(box) === 'IN_PROGRESS').length
    return c.json({
      jobs: { completed: 0, failed: 0, inProgress: running, inQueue: wakes.length - running, retried: 0 },
      workers: { idle: 0, initializing: wakes.length - running, ready: 0, running, throttled: 0, unhealthy: 0 },
    })
  })
  return app
}
