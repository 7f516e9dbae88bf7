import { mkdirSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterWorker } from '#worker/core/exit-codes.ts'
import { readBoxEnv, type BoxEnv } from './env.ts'
import { keepRunning, type Kept, type Program } from './keep-running.ts'

const env = readBoxEnv()
const log = pino({ level: process.env['LOG_LEVEL'] ?? 'info', base: { process: 'box' } })

/** Node packs that the templates need; every other custom node stays out, whatever the image holds. */
const nodePacks = ['ComfyUI_IPAdapter_plus']

/** Where a ComfyUI may write: the image's own folders belong to root. */
function folderOf(gpu: number, name: string): string {
  return join(env.WORKER_DATA, `gpu-${gpu}`, 'comfyui', name)
}

function engineOf(gpu: number): Program {
  const flags = ['--listen', '127.0.0.1', '--port', String(env.COMFY_PORT + gpu), '--disable-auto-launch']
  const quiet = ['--disable-metadata', '--disable-api-nodes', '--log-stdout', '--database-url', 'sqlite:///:memory:']
  const nodes = ['--disable-all-custom-nodes', '--whitelist-custom-nodes', ...nodePacks]
  const folders = ['input', 'output', 'temp', 'user'].flatMap((name) => [`--${name}-directory`, folderOf(gpu, name)])
  const previews = ['--preview-method', 'latent2rgb', '--preview-size', '256']
  return {
    name: `comfyui-${gpu}`,
    command: env.COMFY_PYTHON,
    args: [env.COMFY_MAIN, ...flags, ...quiet, ...folders, ...previews, ...nodes, ...env.COMFY_FLAGS],
    cwd: env.COMFY_DIR,
    env: withoutSecrets(gpu),
  }
}

/** ComfyUI runs other people's Python: it gets the card and the paths, and none of the worker's credentials. */
function withoutSecrets(gpu: number): Program['env'] {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/(KEY|TOKEN|SECRET|PASSWORD|^FORGE_SERVER_URL)$/.test(name),
  )
  return { ...Object.fromEntries(kept), HF_HUB_OFFLINE: '1', ...cardOf(gpu) }
}

/** With one GPU the box's own choice of card stands. */
function cardOf(gpu: number): Record<string, string> {
  return env.GPUS === 1 ? {} : { CUDA_VISIBLE_DEVICES: String(gpu) }
}

function workerOf(gpu: number): Program {
  const modelsDir = env.MODELS_DIR ?? join(env.COMFY_DIR, 'models')
  return {
    name: `worker-${gpu}`,
    command: process.execPath,
    args: [join(import.meta.dirname, '../main.ts')],
    cwd: process.cwd(),
    env: {
      ...process.env,
      MODELS_DIR: modelsDir === '' ? undefined : modelsDir,
      COMFY_URL: `http://127.0.0.1:${env.COMFY_PORT + gpu}`,
      COMFY_INPUT_DIR: folderOf(gpu, 'input'),
      // ComfyUI makes a folder of that name inside the one that --temp-directory says.
      COMFY_TEMP_DIR: join(folderOf(gpu, 'temp'), 'temp'),
      WORKER_DATA: join(env.WORKER_DATA, `gpu-${gpu}`),
    },
  }
}

/** Why the box goes down by itself; undefined while it runs or was told to stop. */
let verdict: number | undefined

function startPair(gpu: number): { engine: Kept; worker: Kept } {
  const engine = keepRunning(engineOf(gpu), { log, onExit: () => 'again' })
  const worker = keepRunning(workerOf(gpu), {
    log,
    onExit(code) {
      const then = afterWorker(code)
      if (then.engine === 'restart') engine.restart()
      if (then.box === 'again') return 'again'
      verdict = Math.max(verdict ?? 0, code ?? 0)
      queueMicrotask(() => void stopWhenAllEnded())
      return 'stop'
    },
  })
  return { engine, worker }
}

for (let gpu = 0; gpu < env.GPUS; gpu += 1) {
  for (const name of ['input', 'output', 'temp', 'user']) mkdirSync(folderOf(gpu, name), { recursive: true })
}
const pairs = Array.from({ length: env.GPUS }, (_, gpu) => startPair(gpu))
const health = serveHealth(env, pairs)
log.info({ gpus: env.GPUS, port: env.COMFY_PORT }, 'box started')

function serveHealth(box: BoxEnv, watched: readonly { engine: Kept; worker: Kept }[]) {
  const server = createServer((_request, response) => {
    const parts = watched.map(({ engine, worker }) => ({ comfyui: engine.isUp(), worker: worker.isUp() }))
    const up = parts.every((part) => part.comfyui && part.worker)
    response.writeHead(up ? 200 : 503, { 'content-type': 'application/json' }).end(JSON.stringify({ parts }))
  })
  return server.listen(box.HEALTH_PORT, '127.0.0.1')
}

async function stopAll(): Promise<void> {
  // Workers first: ComfyUI may still finish what they finish.
  await Promise.all(pairs.map(({ worker }) => worker.stop(env.GRACE_S * 1_000)))
  await Promise.all(pairs.map(({ engine }) => engine.stop(5_000)))
  health.close()
}

async function stopWhenAllEnded(): Promise<void> {
  if (pairs.some(({ worker }) => worker.isUp())) return
  await stopAll()
  process.exitCode = verdict ?? 0
}

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => {
    log.info({ signal }, 'stopping')
    void stopAll()
  })
}
