import { Hono } from 'hono'
import { z } from 'zod'
import { Fault } from '../core/faults.ts'
import type { Machine } from '../core/machine.ts'
import type { Env } from './app.ts'

const FaultsBody = z.union([z.object({ clear: z.literal(true) }), Fault, z.array(Fault)])

/** Our own switches, which no ComfyUI has: arm faults, see the state. */
export function faultRoutes(machine: Machine): Hono<Env> {
  const app = new Hono<Env>()
  app.post('/faults', async (c) => {
    const body = FaultsBody.safeParse(await c.req.json())
    if (!body.success) return c.json({ error: z.prettifyError(body.error) }, 400)
    if ('clear' in body.data) machine.faults.clear()
    else for (const fault of Array.isArray(body.data) ? body.data : [body.data]) machine.faults.arm(fault)
    return c.json(machine.faults.report())
  })
  app.get('/state', (c) => {
    const { queue } = machine
    return c.json({
      ...machine.faults.report(),
      sockets: machine.hub.count(),
      running: queue.running()?.id ?? null,
      pending: queue.pending().map((item) => item.id),
      history: [...queue.history().keys()],
      accepted: Object.fromEntries(machine.accepted),
      loadedModels: [...machine.loaded],
    })
  })
  return app
}
