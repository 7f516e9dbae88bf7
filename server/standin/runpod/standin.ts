import { Hono } from 'hono'
import { z } from 'zod'
import { type BoxRunner, type Timings, createBoxes } from './boxes.ts'
import { problem } from './errors.ts'
import { createFaults, fates, faultKinds, operations } from './faults.ts'
import { podRoutes } from './pods.ts'
import { serverlessRoutes } from './serverless.ts'

export type StandinOptions = {
  apiKey: string
  endpointId: string
  timings: Timings
  now?: () => number
  runner?: BoxRunner | null
}

export const quickTimings: Timings = { provisionMs: 300, startMs: 300, listLagMs: 0, vanishMs: 1_000 }

const trouble = z.union([
  z.strictObject({
    operation: z.enum(operations),
    kind: z.literal([...faultKinds]),
    times: z.int().min(1).default(1),
  }),
  z.strictObject({ fate: z.enum(fates), times: z.int().min(1).default(1) }),
])

/**
 * RunPod without GPUs or money: REST v2 (`/v2/pods`, `/v2/catalog/gpus`, `/v2/serverless/<id>`) and the job API of one
 * endpoint (`/v2/<endpoint>/run` …) behind one address. `POST /standin/trouble` makes the next calls or boxes fail.
 */
export function createRunpodStandin({ apiKey, endpointId, timings, now = Date.now, runner = null }: StandinOptions) {
  const faults = createFaults()
  const boxes = createBoxes({ now, timings, runner })
  const app = new Hono()
  app.get('/standin/health', (c) =>
    c.json({ standIn: true, boxes: boxes.alive().length, billedUsd: boxes.billedUsd() }),
  )
  app.post('/standin/trouble', async (c) => {
    const parsed = trouble.safeParse(await c.req.json().catch(() => null))
    if (!parsed.success) return problem(c, 422, z.prettifyError(parsed.error))
    if ('fate' in parsed.data) faults.doom(parsed.data.fate, parsed.data.times)
    else faults.fail(parsed.data.operation, parsed.data.kind, { times: parsed.data.times })
    return c.body(null, 204)
  })
  app.use('/v2/*', async (c, next) => {
    if (c.req.header('authorization') !== `Bearer ${apiKey}`) return problem(c, 401, 'missing bearer token')
    c.header('RateLimit-Policy', '"minute";q=60;w=60')
    return next()
  })
  app.get('/v2/serverless/:id', (c) =>
    c.req.param('id') === endpointId
      ? c.json({ id: endpointId, name: 'forge', type: 'QUEUE', workers: { min: 0, max: 5, idleTimeout: 5 } })
      : problem(c, 404, 'resource not found'),
  )
  app.route(`/v2/${endpointId}`, serverlessRoutes(boxes, faults))
  app.route('/v2', podRoutes(boxes, faults))
  app.notFound((c) => problem(c, 404, 'resource not found'))
  return { app, boxes, faults }
}
