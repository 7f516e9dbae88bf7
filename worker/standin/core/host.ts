import type { NodeHost, Saved } from '../nodes/evaluate.ts'
import { toPng } from '../nodes/pixels.ts'
import type { PaintJob, Raster } from '../paint/job.ts'
import type { Machine } from './machine.ts'
import { withPngText } from './png-text.ts'
import type { ProgressState } from './progress.ts'
import { NodeFailure, outOfMemory } from './run-errors.ts'
import { runSampler } from './sampling.ts'
import type { QueueItem } from './types.ts'
import { orAborted, wait } from './wait.ts'

/** The services nodes of one run get: loading, painting, sampling, saving. Faults strike here. */
export function nodeHost(machine: Machine, signal: AbortSignal) {
  const { folders, painter, stepMs, loadMs, previewSide } = machine.options
  return (item: QueueItem, nodeId: string, progress: ProgressState): NodeHost => ({
    load: async (file) => {
      if (machine.loaded.has(file)) return
      await wait(loadMs, signal)
      machine.loaded.add(file)
    },
    find: (name) => folders.annotated(name),
    paint: (request) => orAborted(painter.run(request), signal),
    sample: (job: PaintJob, steps: number) =>
      runSampler(job, {
        steps,
        stepMs,
        previewSide,
        previews: wantsPreviews(item.extraData['preview_method']),
        signal,
        paint: (request) => painter.run(request),
        beforeStep: (step) => strike(machine, step, signal),
        isNaN: () => machine.faults.peek('black-output', (fault) => fault.previews) !== null,
        onStep: (step, jpeg) => progress.step(nodeId, { value: step, max: steps, jpeg }),
      }),
    save: (type, prefix, raster) => save(machine, item, { type, prefix, raster }),
  })
}

/** ComfyUI's own default is no previews; "default" means that default. */
function wantsPreviews(method: unknown): boolean {
  return method === 'auto' || method === 'latent2rgb' || method === 'taesd'
}

async function strike(machine: Machine, step: number, signal: AbortSignal): Promise<void> {
  const { faults } = machine
  const hang = faults.take('hang', (fault) => fault.step === step)
  if (hang !== null) await (hang.deaf ? machine.untilDead() : untilAborted(signal))
  if (faults.take('oom', (fault) => fault.step === step) !== null) throw outOfMemory()
  const failure = faults.take('runtime-error', (fault) => fault.step === step)
  if (failure !== null) throw new NodeFailure('RuntimeError', `${failure.message}\n`)
}

async function untilAborted(signal: AbortSignal): Promise<void> {
  await orAborted(new Promise<never>(() => {}), signal)
}

async function save(
  machine: Machine,
  item: QueueItem,
  image: { type: 'output' | 'temp'; prefix: string | null; raster: Raster },
): Promise<Saved> {
  const { faults } = machine
  // A node that blocks hears no interrupt until it is done, and then there is nothing left to interrupt.
  const deaf = faults.take('deaf-end')
  if (deaf !== null) await Promise.race([wait(deaf.ms, new AbortController().signal), machine.untilDead()])
  if (faults.take('empty-output') !== null) return { ref: null, spoilt: true }
  const black = faults.take('black-output') !== null
  const raster = black ? { ...image.raster, data: new Uint8Array(image.raster.data.length) } : image.raster
  const png = withPngText(await toPng(raster), pngTexts(item))
  const cut = faults.take('truncated-output') !== null
  const body = cut ? png.subarray(0, Math.floor(png.length / 2)) : png
  const prefix = image.prefix ?? `ComfyUI_temp_${machine.tempLetters}`
  return { ref: machine.options.folders.write(image.type, prefix, body), spoilt: black || cut }
}

/** What ComfyUI writes into its PNGs, and that this one is ours. */
function pngTexts(item: QueueItem): Record<string, string> {
  const extra = item.extraData['extra_pnginfo']
  const fields = extra !== null && typeof extra === 'object' ? Object.entries(extra) : []
  const texts = Object.fromEntries(fields.map(([key, value]) => [key, JSON.stringify(value)]))
  return { prompt: JSON.stringify(item.graph), ...texts, forge_standin: '1' }
}
