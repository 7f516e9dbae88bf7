import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { listen } from '#server/listen.ts'
import type { BoxRunner } from '#server/standin/runpod/boxes.ts'
import { createRunpodStandin } from '#server/standin/runpod/standin.ts'
import { root } from '#server/stack/env.ts'
import { type Part, startPart } from '#server/stack/part.ts'
import { pickPort } from '#server/stack/ports.ts'
import { keep, type Keeper, type Line } from './keeper.ts'
import { patienceNow } from './patience.ts'
import { enginePlan, quickStart, workerTimes } from './plans.ts'
import { type Proxy, startProxy } from './proxy.ts'

/** RunPod's stand-in, and what runs in the boxes that are rented there. */
export type Rented = {
  standin: ReturnType<typeof createRunpodStandin>
  /** Server → RunPod. */
  line: Proxy
  /** What the server is told of the account. */
  env: Readonly<Record<string, string>>
  /** Kills the workers of all rented boxes, as when the host takes them away; answers how many. */
  kill: () => number
  /** Ends every box, whatever the server thinks of it. */
  clear: () => Promise<void>
  stop: () => Promise<void>
}

/** Boxes at once that have a ComfyUI; further ones never come up. */
const engines = 2

type Slot = { engine: Keeper; url: string; boxId: string | null }

type RentWish = { folder: string; lines: Line[]; serverUrl: string; workflows: string }

/** The account, with ComfyUI stand-ins that are warm already: only a box's worker starts when it is rented. */
export async function startRented({ folder, lines, serverUrl, workflows }: RentWish) {
  const print = (line: Line) => void lines.push(line)
  const slots: Slot[] = []
  for (let index = 0; index < engines; index += 1) {
    const port = await pickPort(0)
    const engine = await keep(enginePlan(`rented-${index}`, port), { root, print })
    slots.push({ engine, url: `http://127.0.0.1:${port}`, boxId: null })
  }
  const runner = createRunner(slots, { folder, print, workflows })
  const apiKey = `rpa_standin_${randomBytes(16).toString('hex')}`
  const timings = { provisionMs: 100, startMs: 0, listLagMs: 300, vanishMs: 2_500 }
  const standin = createRunpodStandin({ apiKey, endpointId: 'chaos', timings, runner })
  const listening = await listen(standin.app.fetch, '127.0.0.1', 0)
  const line = await startProxy(() => listening.url)
  const rented: Rented = {
    standin,
    line,
    env: {
      RUNPOD_API_KEY: apiKey,
      RUNPOD_ENDPOINT_ID: 'chaos',
      RUNPOD_POD_IMAGE: 'forge/worker:chaos',
      RUNPOD_POD_GPUS: 'NVIDIA GeForce RTX 4090,NVIDIA L40S',
      RUNPOD_API_URL: line.url,
      RUNPOD_JOBS_URL: line.url,
      CAPACITY_SERVER_URL: serverUrl,
    },
    kill: runner.kill,
    async clear() {
      standin.faults.clear()
      standin.boxes.stopAll()
      await runner.ended()
    },
    async stop() {
      await rented.clear()
      await line.stop()
      await listening.close(500)
      for (const { engine } of slots) await engine.stop()
    },
  }
  return rented
}

type Runner = BoxRunner & { kill: () => number; ended: () => Promise<void> }

type Place = { folder: string; print: (line: Line) => void; workflows: string }

function createRunner(slots: Slot[], { folder, print, workflows }: Place): Runner {
  const running = new Map<string, { abort: AbortController; ended: Promise<void>; part: Part | null }>()
  return {
    start(box, onExit) {
      const slot = slots.find(({ boxId }) => boxId === null)
      if (slot === undefined) return
      slot.boxId = box.id
      const controlFile = join(folder, `${box.id}.json`)
      writeFileSync(controlFile, JSON.stringify({ clockMs: 0, diskFull: false, patience: patienceNow() }))
      const one = { abort: new AbortController(), ended: Promise.resolve(), part: null as Part | null }
      one.ended = startPart(
        {
          name: 'rented',
          script: 'worker/main.ts',
          env: {
            ...quickStart,
            ...workerTimes(controlFile, workflows),
            ...box.env,
            COMFY_URL: slot.url,
            WORKER_DATA: join(folder, box.id),
          },
          probe: null,
          readyWithinMs: 60_000,
        },
        { root, print: (part, text) => print({ part, at: Date.now(), text }) },
      )
        .then(async (part) => {
          one.part = part
          if (one.abort.signal.aborted) await part.stop(1_000)
          else onAbort(one.abort.signal, () => void part.stop(1_000))
          await part.exited
        })
        .catch((error: unknown) => print({ part: 'rented', at: Date.now(), text: String(error) }))
        .then(() => {
          slot.boxId = null
          running.delete(box.id)
          if (!one.abort.signal.aborted) onExit()
        })
      running.set(box.id, one)
    },
    stop: (box) => running.get(box.id)?.abort.abort(),
    kill() {
      const parts = [...running.values()].flatMap(({ part }) => part ?? [])
      for (const { pid } of parts) process.kill(pid, 'SIGKILL')
      return parts.length
    },
    async ended() {
      await Promise.all([...running.values()].map(({ ended }) => ended))
    },
  }
}

const onAbort = (signal: AbortSignal, then: () => void) => signal.addEventListener('abort', then, { once: true })
