import { createHash, randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import sharp from 'sharp'
import type { InputRole } from '#shared/jobs/rules.ts'
import { loadWorkflows } from '#worker/boot/load-catalog.ts'
import { readEnv } from '#worker/env.ts'
import type { StandinFault } from '#worker/standin/replicate/faults.ts'
import { startReplicateStandin, type ReplicateStandin } from '#worker/standin/replicate/standin.ts'
import { runWorker } from '#worker/start.ts'
import { startFakeControlPlane, type FakeControlPlane } from '#worker/testing/fake-control-plane.ts'
import { remixJob, type FakeJob } from '#worker/testing/fake-jobs.ts'
import { noisyImage } from '#worker/testing/images.ts'
import type { ReplicateTimes } from './parts.ts'
import { quickTimes } from './testing-times.ts'

const workflows = join(import.meta.dirname, '../../workflows')
const token = 'standin_only_for_tests'

export type ProviderWorker = { stop: () => Promise<string>; logs: string[] }

/** A control plane, a Replicate stand-in, and workers of a provider on them. */
export type ProviderBox = {
  control: FakeControlPlane
  replicate: ReplicateStandin
  arm: (...faults: StandinFault[]) => void
  addJob: (overrides?: Partial<FakeJob['claimed']>) => Promise<FakeJob>
  /** `data`: another disk than the box's own. */
  start: (options?: { times?: Partial<ReplicateTimes>; data?: string; graceMs?: number }) => ProviderWorker
  /** Booked for the attempts of a job, in their order, millionths of a dollar. */
  costs: (job: FakeJob) => number[]
  [Symbol.asyncDispose]: () => Promise<void>
}

export async function openProviderBox(): Promise<ProviderBox> {
  const dir = await mkdtemp(join(tmpdir(), 'forge-provider-'))
  const [control, replicate, { templates }] = await Promise.all([
    startFakeControlPlane(),
    startReplicateStandin({ port: 0, token, stepMs: 2, startMs: 5 }),
    loadWorkflows(workflows),
  ])
  const running: ProviderWorker[] = []
  return {
    control,
    replicate,
    arm: (...faults) => faults.forEach((fault) => replicate.provider.faults.arm(fault)),
    async addJob(overrides = {}) {
      const bytes = await noisyImage(96, 64, 'png')
      const { mode = 'remix', variant = 'schnell' } = overrides
      const workflowHash = templates.get(`${mode}/${variant}`)?.hash ?? ''
      const job = remixJob({ url: control.host(bytes), bytes, width: 96, height: 64 }, { workflowHash, ...overrides })
      return control.jobs.add({ ...job, spec: { ...job.spec, params: { maxPixels: 16_384 } } })
    },
    start({ times, data = join(dir, 'data'), graceMs = 50 } = {}) {
      const logs: string[] = []
      const stop = new AbortController()
      const env = readEnv({
        FORGE_SERVER_URL: control.url,
        FORGE_WORKER_KEY: control.key,
        REPLICATE_API_TOKEN: token,
        REPLICATE_API_URL: replicate.url,
        REPLICATE_LORA_URL: 'https://example.com/tonic.safetensors',
        WORKER_DATA: data,
        POLL_MS: '100',
      })
      const log = pino({ level: 'debug' }, { write: (line: string) => void logs.push(line) })
      const ended = runWorker({ env, log, graceMs, replicateTimes: { ...quickTimes, ...times } }, stop.signal)
      ended.catch(() => undefined)
      const worker = {
        logs,
        async stop() {
          stop.abort()
          return ended
        },
      }
      running.push(worker)
      return worker
    },
    costs: (job) =>
      [...control.jobs.costs]
        .filter(([key]) => key.startsWith(`${job.id}:`))
        .toSorted(([a], [b]) => a.localeCompare(b))
        .map(([, micros]) => micros),
    async [Symbol.asyncDispose]() {
      await Promise.allSettled(running.map((worker) => worker.stop()))
      await Promise.all([replicate.stop(), control.stop()])
      await rm(dir, { recursive: true, force: true })
    },
  }
}

type Wish = { mode: string; role: InputRole; image: Buffer; more?: InputRole[]; mask?: Buffer }

/** Inputs of a job of another mode: `image` in every role, and a mask without softness. */
export async function inputOf(
  box: ProviderBox,
  { mode, role, image, more = [], mask }: Wish,
): Promise<Partial<FakeJob['claimed']>> {
  const { width, height } = await sharp(image).metadata()
  const served = (bytes: Buffer) => ({
    assetId: randomUUID(),
    url: box.control.host(bytes),
    mime: 'image/png' as const,
    width,
    height,
    bytes: bytes.byteLength,
    sha256: createHash('sha256').update(bytes).digest('hex'),
  })
  return {
    mode,
    variant: 'sdxl',
    inputs: [role, ...more].map((one, order) => ({ ...served(image), role: one, weight: 1, order })),
    mask: mask ? { ...served(mask), grow: 0, feather: 0 } : null,
  }
}
