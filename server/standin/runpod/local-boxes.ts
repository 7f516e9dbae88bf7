import { rm } from 'node:fs/promises'
import path from 'node:path'
import type { Logger } from 'pino'
import { type Part, startPart } from '#server/stack/part.ts'
import { pickPort } from '#server/stack/ports.ts'
import type { BoxRunner, RentedBox } from './boxes.ts'

const root = path.resolve(import.meta.dirname, '../../..')
const readyWithinMs = 60_000

export type LocalBoxesOptions = {
  /** Each box keeps its identity and journal in a folder of its own here, deleted with it. */
  dataDir: string
  /** How long a box takes before anything starts in it, milliseconds: what pulling an image takes elsewhere. */
  coldMs: number
  stepMs: number
  log: Logger
  print: (part: string, line: string) => void
}

/** Boxes that are real: ComfyUI's stand-in and a worker beside it, as processes on this machine. */
export function createLocalBoxes(options: LocalBoxesOptions): BoxRunner & { stopAll: () => Promise<void> } {
  const running = new Map<string, { abort: AbortController; ended: Promise<void> }>()
  const stop = (id: string): void => running.get(id)?.abort.abort()
  return {
    start(box, onExit) {
      const abort = new AbortController()
      const ended = live(box, abort.signal, options)
        .catch((error: unknown) => options.log.error({ err: error, box: box.name }, 'a box failed'))
        .then(() => {
          running.delete(box.id)
          if (!abort.signal.aborted) onExit()
        })
      running.set(box.id, { abort, ended })
    },
    stop: (box) => stop(box.id),
    async stopAll() {
      const all = [...running.values()].map(({ ended }) => ended)
      for (const id of running.keys()) stop(id)
      await Promise.all(all)
    },
  }
}

/** From the first process to the last, which ends with the signal or when the worker ends by itself. */
async function live(box: RentedBox, signal: AbortSignal, options: LocalBoxesOptions): Promise<void> {
  const { dataDir, coldMs, stepMs, print } = options
  const stopped = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
  const isWoken = await Promise.race([stopped.then(() => false), sleep(coldMs, signal)])
  if (!isWoken) return
  const data = path.join(dataDir, box.id)
  const port = await pickPort(0)
  const comfyUrl = `http://127.0.0.1:${port}`
  const parts: Part[] = []
  try {
    const comfy = { STANDIN_PORT: String(port), STANDIN_STEP_MS: String(stepMs) }
    const script = 'worker/standin/main.ts'
    parts.push(
      await startPart(
        { name: `${box.name} comfy`, script, env: comfy, probe: `${comfyUrl}/system_stats`, readyWithinMs },
        { root, print },
      ),
    )
    if (signal.aborted) return
    const env = { ...box.env, COMFY_URL: comfyUrl, WORKER_DATA: data, PROVE: 'signatures' }
    const worker = await startPart(
      { name: box.name, script: 'worker/main.ts', env, probe: null, readyWithinMs },
      { root, print },
    )
    parts.push(worker)
    await Promise.race([stopped, worker.exited])
  } finally {
    for (const part of parts.toReversed()) await part.stop()
    await rm(data, { recursive: true, force: true })
  }
}

function sleep(ms: number, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(true), ms)
    signal.addEventListener('abort', () => clearTimeout(timer), { once: true })
  })
}
