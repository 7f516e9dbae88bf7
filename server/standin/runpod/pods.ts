import { type Context, Hono } from 'hono'
import { z } from 'zod'
import type { Boxes, RentedBox } from './boxes.ts'
import { gpuTypes, priceOf } from './catalogue.ts'
import { problem } from './errors.ts'
import type { FaultKind, Faults, Operation } from './faults.ts'

const createPod = z
  .looseObject({
    name: z.string().min(1),
    image: z.string().min(1).optional(),
    templateId: z.string().min(1).optional(),
    gpu: z.looseObject({ id: z.string(), count: z.int().min(1).default(1) }),
    cloud: z.enum(['SECURE', 'COMMUNITY']).default('SECURE'),
    env: z.record(z.string(), z.string()).default({}),
    disk: z.int().min(1).optional(),
    ports: z.array(z.string()).optional(),
  })
  .refine(({ env }) => Object.keys(env).length <= 50, 'at most 50 environment variables')

/** `/v2/pods` and `/v2/catalog/gpus` of RunPod's REST v2, as far as a fleet of workers needs them. */
export function podRoutes(boxes: Boxes, faults: Faults): Hono {
  const app = new Hono()
  let lastListed: ReturnType<typeof toPod>[] = []
  app.get('/pods', (c) => {
    const fault = faults.takeFault('list')
    if (fault !== null && fault !== 'stale') return fail(c, 'list', fault)
    if (fault === null) lastListed = boxes.listed().map((box) => toPod(box, boxes))
    return c.json({ pods: lastListed })
  })
  app.post('/pods', async (c) => {
    const parsed = createPod.safeParse(await c.req.json().catch(() => null))
    if (!parsed.success) return problem(c, 422, 'Request validation failed.')
    const { name, image, templateId, gpu, cloud, env } = parsed.data
    if (image === undefined && templateId === undefined) return problem(c, 400, 'image is required')
    const usdPerHour = priceOf(gpu.id, cloud)
    if (usdPerHour === null) return problem(c, 400, `unknown GPU type ${gpu.id}`)
    const fault = faults.takeFault('create', gpu.id)
    if (fault !== null && fault !== 'lost') return fail(c, 'create', fault)
    const fate = faults.takeFate()
    const wish = { name, kind: 'pod' as const, env, usdPerHour, gpu: gpu.id, cloud, image: image ?? '', fate }
    const box = boxes.make(wish)
    if (fate === 'twice') boxes.make({ ...wish, fate: null })
    return fault === 'lost' ? problem(c, 504, 'upstream timed out') : c.json(toPod(box, boxes), 201)
  })
  app.get('/pods/:id', (c) => {
    const fault = faults.takeFault('get')
    if (fault !== null) return fail(c, 'get', fault)
    const box = boxes.find(c.req.param('id'), 'pod')
    return box?.endedAt === null ? c.json(toPod(box, boxes)) : problem(c, 404, 'resource not found')
  })
  app.delete('/pods/:id', (c) => {
    const fault = faults.takeFault('delete')
    if (fault !== null && fault !== 'lost') return fail(c, 'delete', fault)
    const box = boxes.find(c.req.param('id'), 'pod')
    if (box === null || box.endedAt !== null) return problem(c, 404, 'resource not found')
    boxes.end(box, 'CANCELLED')
    return fault === 'lost' ? problem(c, 504, 'upstream timed out') : c.body(null, 204)
  })
  app.get('/catalog/gpus', (c) => {
    const fault = faults.takeFault('catalog')
    if (fault !== null) return fail(c, 'catalog', fault)
    const withStock = c.req.query('include') === 'AVAILABILITY'
    if (withStock && c.req.query('product') === undefined) return problem(c, 400, 'product is required')
    return c.json({
      gpus: gpuTypes.map(({ secure, community, serverless, ...gpu }) => ({
        ...gpu,
        manufacturer: 'NVIDIA',
        secure: true,
        community: true,
        price: { secure, community, serverless },
        maxCount: { secure: 8, community: 4 },
        ...(withStock ? { availability: 'MEDIUM' } : {}),
      })),
    })
  })
  return app
}

export function fail(c: Context, operation: Operation, kind: FaultKind): Response {
  if (kind === 'no_room')
    return problem(c, 400, 'There are no longer any instances available with the requested specifications.')
  return problem(c, kind === 'lost' || kind === 'stale' ? 504 : kind, `the stand-in was told to fail: ${operation}`)
}

function toPod(box: RentedBox, boxes: Boxes) {
  const status = boxes.podStatus(box)
  const running = status === 'RUNNING'
  return {
    id: box.id,
    name: box.name,
    status,
    actions: ['stop', 'restart', 'terminate'],
    image: box.image,
    args: '',
    disk: 50,
    mounts: {},
    ports: [],
    // The real API shows the environment to whoever holds the account's key.
    env: box.env,
    registry: null,
    gpu: { id: box.gpu, count: 1 },
    cloud: box.cloud,
    dataCenterId: 'US-KS-2',
    cudaVersion: '12.8',
    ssh: {},
    template: null,
    cost: box.usdPerHour,
    locked: false,
    globalNetworking: { enabled: false },
    runtime: running ? { uptime: 1, gpus: box.fate === 'blind' ? [] : [{ id: box.gpu }], ports: [] } : null,
    createdAt: new Date(box.madeAt).toISOString(),
    startedAt: running ? new Date(box.madeAt).toISOString() : null,
  }
}
