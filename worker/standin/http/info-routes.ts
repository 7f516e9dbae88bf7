import { freemem, totalmem } from 'node:os'
import { Hono } from 'hono'
import { serverFeatures } from '../core/hub.ts'
import type { Machine } from '../core/machine.ts'
import { modelFiles, signatures } from '../graph/signatures.ts'
import type { Signature } from '../graph/signatures.ts'
import type { Env } from './app.ts'

/** The release whose protocol this speaks. */
const comfyVersion = '0.33.0'

/** /object_info, /system_stats, /features and /models. */
export function infoRoutes(machine: Machine): Hono<Env> {
  const app = new Hono<Env>()
  app.get('/object_info', (c) => {
    const all = Object.keys(signatures).map((name) => [name, machine.signature(name)])
    return c.json(Object.fromEntries(all) as Record<string, Signature>)
  })
  app.get('/object_info/:name', (c) => {
    const name = c.req.param('name')
    const signature = machine.signature(name)
    return c.json(signature === null ? {} : { [name]: signature })
  })
  app.get('/system_stats', (c) => c.json(systemStats()))
  app.get('/features', (c) => c.json(serverFeatures))
  app.get('/models', (c) => c.json(Object.keys(modelFiles)))
  app.get('/models/:folder', (c) => {
    const files = machine.modelsIn(c.req.param('folder'))
    return files === null ? c.notFound() : c.json(files)
  })
  app.get('/embeddings', (c) => c.json([]))
  return app
}

/** The truth about itself: the protocol's version, and that no GPU and no model is behind it. */
function systemStats() {
  const memory = { total: totalmem(), free: freemem() }
  return {
    system: {
      os: process.platform,
      ram_total: memory.total,
      ram_free: memory.free,
      comfyui_version: comfyVersion,
      forge_standin: true,
      python_version: 'none (stand-in)',
      pytorch_version: 'none (stand-in)',
      embedded_python: false,
      argv: ['forge-standin'],
    },
    devices: [
      {
        name: 'stand-in (no GPU)',
        type: 'cpu',
        index: null,
        vram_total: memory.total,
        vram_free: memory.free,
        torch_vram_total: memory.total,
        torch_vram_free: memory.free,
      },
    ],
  }
}
