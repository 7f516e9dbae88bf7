import { Hono } from 'hono'
import type { Machine } from '../core/machine.ts'
import type { HistoryEntry, QueueItem } from '../core/types.ts'
import type { Env } from './app.ts'
import { optionalJson } from './body.ts'

/** /queue, /interrupt, /history and /free. */
export function queueRoutes(machine: Machine): Hono<Env> {
  const app = new Hono<Env>()
  const { queue } = machine
  app.get('/queue', (c) => {
    const running = queue.running()
    return c.json({
      queue_running: running === null ? [] : [tuple(running)],
      queue_pending: queue.pending().map(tuple),
    })
  })
  app.post('/queue', async (c) => {
    const body = await c.req.json<{ clear?: boolean; delete?: string[] }>()
    if (body.clear === true) queue.drop(() => true)
    if (Array.isArray(body.delete)) queue.drop((item) => body.delete?.includes(item.id) ?? false)
    return c.body(null, 200)
  })
  app.post('/interrupt', async (c) => {
    const id = (await optionalJson(c.req.raw))['prompt_id']
    machine.interrupt(typeof id === 'string' && id !== '' ? id : null)
    return c.body(null, 200)
  })
  app.get('/history', (c) => {
    const all = [...queue.history()]
    const max = c.req.query('max_items')
    const offset = Number(c.req.query('offset') ?? -1)
    const start = offset < 0 && max !== undefined ? Math.max(0, all.length - Number(max)) : Math.max(0, offset)
    const part = all.slice(start, max === undefined ? undefined : start + Number(max))
    return c.json(Object.fromEntries(part.map(([id, entry]) => [id, view(entry)])))
  })
  app.get('/history/:id', (c) => {
    const id = c.req.param('id')
    const entry = queue.history().get(id)
    return c.json(entry === undefined ? {} : { [id]: view(entry) })
  })
  app.post('/history', async (c) => {
    const body = await c.req.json<{ clear?: boolean; delete?: string[] }>()
    if (body.clear === true) queue.forget(null)
    for (const id of body.delete ?? []) queue.forget(id)
    return c.body(null, 200)
  })
  app.post('/free', async (c) => {
    const body = await optionalJson(c.req.raw)
    const cache = body['free_memory'] === true
    machine.free({ models: cache || body['unload_models'] === true, cache })
    return c.body(null, 200)
  })
  return app
}

function tuple(item: QueueItem): [number, string, unknown, unknown, string[]] {
  return [item.number, item.id, item.graph, item.extraData, item.outputs]
}

function view(entry: HistoryEntry) {
  const shown = Object.keys(entry.outputs)
  const meta = shown.map((id) => [id, { node_id: id, display_node: id, parent_node: null, real_node_id: id }])
  return {
    prompt: tuple(entry.item),
    outputs: entry.outputs,
    status: { status_str: entry.statusStr, completed: entry.completed, messages: entry.messages },
    meta: Object.fromEntries(meta) as Record<string, unknown>,
  }
}
