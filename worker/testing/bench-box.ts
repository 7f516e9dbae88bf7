import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { loadCatalog } from '#worker/boot/load-catalog.ts'
import { readEnv } from '#worker/env.ts'
import type { JobTimes } from '#worker/jobs/job-deps.ts'
import { startStandin, type Standin } from '#worker/standin/standin.ts'
import { runWorker } from '#worker/start.ts'
import { startFakeControlPlane, type FakeControlPlane } from './fake-control-plane.ts'
import { remixJob, type FakeJob } from './fake-jobs.ts'
import { noisyImage } from './images.ts'

const workflows = join(import.meta.dirname, '../../workflows')

/** A worker in this process. `stop` is what SIGTERM does. */
export type RunningWorker = { stop: () => Promise<string>; ended: Promise<string>; logs: string[] }

/** One box: a control plane, a ComfyUI stand-in, a data folder, and workers started on them. */
export type BenchBox = {
  control: FakeControlPlane
  comfy: Standin
  data: string
  workflows: string
  addJob: (overrides?: Partial<FakeJob['claimed']>) => Promise<FakeJob>
  startWorker: (times?: Partial<JobTimes>, env?: Record<string, string>) => RunningWorker
  /** How often ComfyUI accepted any prompt. */
  runs: () => number
  [Symbol.asyncDispose]: () => Promise<void>
}

/** Times short enough for tests; each can be overridden. */
export const quickTimes: Partial<JobTimes> = {
  pollMs: 100,
  muteMs: 400,
  awayMs: 8_000,
  lagMs: 2_000,
  deliverMs: 20_000,
}

/** The project's own templates at a smaller area, so that two cores are not busy with painting. */
async function smallWorkflows(dir: string, pixels: number): Promise<string> {
  const target = join(dir, 'workflows')
  await cp(workflows, target, { recursive: true, filter: (path) => !path.endsWith('.ts') })
  const names = await readdir(target, { recursive: true })
  for (const name of names.filter((entry) => entry.endsWith('manifest.json'))) {
    const path = join(target, name)
    await writeFile(path, (await readFile(path, 'utf8')).replaceAll('1048576', String(pixels)))
  }
  return target
}

/** Size of a picture of noise as a PNG. */
const noiseBytes = 30_000
/** Longest side of a preview of noise, px. */
const noisePreview = 64

/** Starts a box that cleans up after itself: `await using box = await openBox()`. */
export async function openBox(
  options: {
    stepMs?: number
    loadMs?: number
    fullSize?: boolean
    pixels?: number
    /** How long a worker that is told to stop may take over the job in hand, ms. */ graceMs?: number
    /** Real pictures of the stand-in, which cost processor time; otherwise noise, and small previews. */ paint?: boolean
  } = {},
): Promise<BenchBox> {
  const [control, comfy, data] = await Promise.all([
    startFakeControlPlane(),
    startStandin({
      stepMs: options.stepMs ?? 20,
      loadMs: options.loadMs ?? 10,
      ...(options.paint ? {} : { noiseBytes, previewSide: noisePreview }),
    }),
    mkdtemp(join(tmpdir(), 'forge-worker-')),
  ])
  const templates = options.fullSize ? workflows : await smallWorkflows(data, options.pixels ?? 256 * 256)
  const workers: RunningWorker[] = []

  function startWorker(times: Partial<JobTimes> = {}, overrides: Record<string, string> = {}): RunningWorker {
    const logs: string[] = []
    const log = pino({ level: 'debug' }, { write: (line: string) => void logs.push(line) })
    const stop = new AbortController()
    const env = readEnv({
      FORGE_SERVER_URL: control.url,
      FORGE_WORKER_KEY: control.key,
      COMFY_URL: comfy.url,
      WORKER_DATA: join(data, 'worker'),
      WORKFLOWS_DIR: templates,
      POLL_MS: '100',
      PROVE: 'signatures',
      ...overrides,
    })
    const ended = runWorker(
      { env, log, times: { ...quickTimes, ...times }, graceMs: options.graceMs ?? 3_000 },
      stop.signal,
    )
    const settled = ended.catch((error: unknown) => {
      if (stop.signal.aborted) return 'stopped'
      throw error
    })
    const worker = { logs, ended: settled, stop: () => (stop.abort(), settled) }
    workers.push(worker)
    return worker
  }

  return {
    control,
    comfy,
    data,
    workflows: templates,
    async addJob(overrides = {}) {
      const catalog = await loadCatalog(templates)
      const bytes = await noisyImage(96, 64)
      const key = `${overrides.mode ?? 'remix'}/${overrides.variant ?? 'schnell'}`
      const image = { url: control.host(bytes), bytes, width: 96, height: 64 }
      return control.jobs.add(remixJob(image, { workflowHash: catalog.get(key)?.hash ?? '', ...overrides }))
    },
    startWorker,
    runs: () => [...comfy.machine.accepted.values()].reduce((sum, count) => sum + count, 0),
    async [Symbol.asyncDispose]() {
      await Promise.allSettled(workers.map((worker) => worker.stop()))
      await Promise.all([comfy.stop(), control.stop()])
      await rm(data, { recursive: true, force: true })
    },
  }
}

/** Waits until `check` is true (or answers something), failing after `ms`. */
export async function eventually<T>(check: () => T | Promise<T>, what: string, ms = 25_000): Promise<NonNullable<T>> {
  const deadline = performance.now() + ms
  for (;;) {
    const value = await check()
    if (value) return value
    if (performance.now() > deadline) throw new Error(`not within ${ms} ms: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
