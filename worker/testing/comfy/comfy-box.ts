import { createHash, randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import sharp from 'sharp'
import type { InputRole } from '#shared/jobs/rules.ts'
import type { ClaimedJob } from '#shared/worker/schema.ts'
import { fitToGrid } from '#shared/workflows/size.ts'
import { loadCatalog, type CatalogTemplate } from '#worker/boot/load-catalog.ts'
import { readEnv } from '#worker/env.ts'
import type { JobTimes } from '#worker/jobs/job-deps.ts'
import { runWorker } from '#worker/start.ts'
import type { RunningWorker } from '#worker/testing/bench-box.ts'
import { startFakeControlPlane, type FakeControlPlane } from '#worker/testing/fake-control-plane.ts'
import type { FakeJob } from '#worker/testing/fake-jobs.ts'
import { noisyImage } from '#worker/testing/images.ts'
import { readComfyEnv } from './env.ts'
import { toySize } from './toy-size.ts'

const workflows = join(import.meta.dirname, '../../../workflows')

export type JobWish = {
  /** `mode/variant` */
  key: string
  roles?: readonly InputRole[]
  slider?: number
  spec?: Partial<ClaimedJob['spec']>
  /** Every input image; drawn when left out. */
  image?: Uint8Array
  /** Pixels of the work image and mask of a variant that repaints; drawn when left out. */
  source?: Uint8Array
  mask?: Uint8Array
}

export type WorkerWish = {
  times?: Partial<JobTimes>
  /** Another folder is another box. */
  data?: string
  /** Run one small job per mode at the start. */
  prove?: boolean
}

/** One box on the ComfyUI at COMFY_URL, towards a control plane of its own; sizes and steps are toys'. */
export type ComfyBox = {
  url: string
  control: FakeControlPlane
  catalog: ReadonlyMap<string, CatalogTemplate>
  toy: { pixels: number; steps: number }
  data: string
  addJob: (wish: JobWish) => Promise<FakeJob>
  startWorker: (wish?: WorkerWish) => RunningWorker
  [Symbol.asyncDispose]: () => Promise<void>
}

/** Different shapes, so that a template that mixes two images up shows it. */
const shapes: Readonly<Record<InputRole, readonly [number, number]>> = {
  base: [192, 128],
  composition: [128, 160],
  style: [90, 120],
  source: [160, 160],
}

/** A white disc in a black RGB image: what is repainted. */
export async function discMask(width: number, height: number): Promise<Buffer> {
  const radius = Math.min(width, height) / 5
  const isWhite = (at: number) => Math.hypot((at % width) - width / 2, Math.floor(at / width) - height / 2) < radius
  const pixels = Uint8Array.from({ length: width * height * 3 }, (_, at) => (isWhite(Math.floor(at / 3)) ? 255 : 0))
  return sharp(pixels, { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer()
}

async function claimedImage(control: FakeControlPlane, bytes: Uint8Array) {
  const { width, height } = await sharp(bytes).metadata()
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  const url = control.host(bytes)
  return { assetId: randomUUID(), url, mime: 'image/png' as const, width, height, bytes: bytes.byteLength, sha256 }
}

/** Starts a box that cleans up after itself: `await using box = await openComfyBox()`. */
export async function openComfyBox(options: { pixels?: number; steps?: number; url?: string } = {}): Promise<ComfyBox> {
  const { url = readComfyEnv().COMFY_URL, ...size } = options
  const toy = { ...toySize, ...size }
  const [control, data, catalog] = await Promise.all([
    startFakeControlPlane(),
    mkdtemp(join(tmpdir(), 'forge-comfy-')),
    loadCatalog(workflows),
  ])
  const workers: RunningWorker[] = []

  async function drawInput(wish: JobWish, template: CatalogTemplate, role: InputRole): Promise<Uint8Array> {
    const [width, height] = shapes[role]
    if (!template.variant.repaints) return wish.image ?? noisyImage(width, height)
    const size = fitToGrid(width, height, toy.pixels, template.variant.sizeMultiple)
    return wish.source ?? noisyImage(size.width, size.height)
  }

  async function addJob(wish: JobWish): Promise<FakeJob> {
    const template = catalog.get(wish.key)
    if (!template) throw new Error(`no template ${wish.key}`)
    const { variant } = template
    const roles = wish.roles ?? variant.images.filter((slot) => !slot.absent).map((slot) => slot.role)
    const images = await Promise.all(
      roles.map(async (role, order) => {
        const image = await claimedImage(control, await drawInput(wish, template, role))
        return { ...image, role, weight: 0.8, order }
      }),
    )
    const [first] = images
    const mask = variant.repaints && first ? (wish.mask ?? (await discMask(first.width, first.height))) : null
    const [mode = '', key = ''] = wish.key.split('/')
    const slider = wish.slider ?? 50
    return control.jobs.add({
      id: randomUUID(),
      mode,
      variant: key,
      modelKey: variant.modelKey,
      spec: {
        prompt: 'a rusted cathedral',
        negative: '',
        creativity: slider,
        chaos: slider,
        seed: '18446744073709551614',
        params: {},
        workflowHash: template.hash,
        ...wish.spec,
      },
      inputs: images,
      mask: mask === null ? null : { ...(await claimedImage(control, mask)), grow: 4, feather: 8 },
    })
  }

  function startWorker({ times = {}, data: folder = 'worker', prove = false }: WorkerWish = {}) {
    const logs: string[] = []
    const log = pino({ level: 'debug' }, { write: (line: string) => void logs.push(line) })
    const stop = new AbortController()
    const env = readEnv({
      FORGE_SERVER_URL: control.url,
      FORGE_WORKER_KEY: control.key,
      COMFY_URL: url,
      WORKER_DATA: join(data, folder),
      WORKFLOWS_DIR: workflows,
      POLL_MS: '100',
      PROVE: prove ? 'jobs' : 'signatures',
      FORGE_TOY: '1',
      TOY_PIXELS: String(toy.pixels),
      TOY_STEPS: String(toy.steps),
    })
    const ended = runWorker({ env, log, times: { pollMs: 100, ...times }, graceMs: 3_000 }, stop.signal)
    const settled = ended.catch((error: unknown) => {
      if (stop.signal.aborted) return 'stopped'
      throw error
    })
    const worker = { logs, ended: settled, stop: () => (stop.abort(), settled) }
    // A worker that ends at once (a test of that) must not count as an unhandled rejection.
    settled.catch(() => {})
    workers.push(worker)
    return worker
  }

  return {
    url,
    control,
    catalog,
    toy,
    data,
    addJob,
    startWorker,
    async [Symbol.asyncDispose]() {
      await Promise.allSettled(workers.map((worker) => worker.stop()))
      await control.stop()
      await rm(data, { recursive: true, force: true })
    },
  }
}
