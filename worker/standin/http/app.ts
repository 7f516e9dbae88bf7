import { Hono } from 'hono'
import type { Context } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import type { HttpBindings } from '@hono/node-server'
import type { Machine } from '../core/machine.ts'
import { faultRoutes } from './fault-routes.ts'
import { fileRoutes } from './file-routes.ts'
import { infoRoutes } from './info-routes.ts'
import { jobRoutes } from './job-routes.ts'
import { originRefused } from './origin.ts'
import { promptRoutes } from './prompt-routes.ts'
import { queueRoutes } from './queue-routes.ts'

export type Env = { Bindings: HttpBindings }

/** aiohttp's words for an exception in a handler. */
const serverError = '500 Internal Server Error\n\nServer got itself in trouble'

/** All routes: ComfyUI's at /x and /api/x, the job routes at /api only, our own switches at /standin. */
export function createApp(machine: Machine, maxBody: number): Hono<Env> {
  const app = new Hono<Env>()
  app.use(async (c, next) => (originRefused((name) => c.req.header(name)) ? c.text('403: Forbidden', 403) : next()))
  app.use(bodyLimit({ maxSize: maxBody, onError: (c) => tooLarge(c, maxBody) }))
  app.onError((_error, c) => c.text(serverError, 500))
  app.notFound((c) => c.text('404: Not Found', 404))
  const comfy = new Hono<Env>()
  comfy.route('/', promptRoutes(machine))
  comfy.route('/', queueRoutes(machine))
  comfy.route('/', fileRoutes(machine))
  comfy.route('/', infoRoutes(machine))
  app.route('/', comfy)
  app.route('/api', comfy)
  app.route('/api', jobRoutes(machine))
  app.route('/standin', faultRoutes(machine))
  return app
}

/** The rest of the body is not read, so the connection cannot be used again. */
function tooLarge(c: Context, maxBody: number): Response {
  c.header('Connection', 'close')
  return c.text(`Maximum request body size ${maxBody} exceeded`, 413)
}
