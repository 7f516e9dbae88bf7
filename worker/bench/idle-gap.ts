import { quantile } from '#shared/bench/report.ts'
import { sized } from '#supabase/bench/sized.ts'
import { printRow } from '#supabase/bench/world.ts'
import { hasComfy, readComfyEnv } from '#worker/testing/comfy/env.ts'
import { openComfyBox } from '#worker/testing/comfy/comfy-box.ts'
import { noisyImage } from '#worker/testing/images.ts'
import { eventually } from '#worker/testing/bench-box.ts'
import { startStandinProcess } from '#worker/testing/standin-process.ts'
import { runOneAtATime, type Ran } from './one-at-a-time.ts'

const images = sized(24, 8)
/** The first of a run load the model and warm the caches of both sides. */
const warmUp = 3
/** PNG of 1.5 MB: noise, three bytes a pixel. */
const inputSide = 740

type Engine = { name: string; url: string; pixels: number; steps: number }

/**
 * How long ComfyUI computes nothing between two queued images of 1.5 MB in and out, by its own clock: from the end of
 * one prompt to the start of the next. Beside it a wrapper that takes one job at a time.
 */
{
  const standin = await startStandinProcess({
    STANDIN_STEP_MS: '50',
    STANDIN_LOAD_MS: '0',
    STANDIN_NOISE_KB: '1500',
  })
  await measure({ name: 'stand-in', url: standin.url, pixels: 1_048_576, steps: 20 })
  await standin.stop()
}
if (hasComfy())
  await measure({ name: 'real ComfyUI, toy weights', url: readComfyEnv().COMFY_URL, pixels: 16_384, steps: 2 })
else process.stderr.write('  only the stand-in: COMFY_URL names no ComfyUI\n')

async function measure(engine: Engine): Promise<void> {
  const input = await noisyImage(inputSide, inputSide)
  process.stderr.write(`  ${engine.name}: ${images} images through the worker\n`)
  const ours = gaps(await runWorkerOn(engine, input))
  process.stderr.write(`  ${engine.name}: ${images} images one at a time\n`)
  const wrapper = gaps(await runOneAtATime({ ...engine, input, images }))
  for (const share of [0.5, 0.95]) {
    printRow({
      what: `GPU idle between two queued images (${engine.name}), p${share * 100}`,
      value: quantile(ours, share),
      unit: 'ms',
      peer: 'wrapper, one at a time',
      peerValue: quantile(wrapper, share),
      samples: ours.length,
    })
  }
}

function gaps(ran: readonly Ran[]): number[] {
  const inOrder = ran.toSorted((a, b) => a.start - b.start)
  return inOrder.slice(1).flatMap(({ start }, i) => (i < warmUp ? [] : [start - (inOrder[i]?.end ?? start)]))
}

/** The worker with a control plane of this process; it writes down when ComfyUI worked on each prompt. */
async function runWorkerOn({ url, pixels, steps }: Engine, image: Uint8Array): Promise<Ran[]> {
  await using box = await openComfyBox({ url, pixels, steps })
  for (let i = 0; i < images; i += 1) await box.addJob({ key: 'remix/schnell', image })
  const worker = box.startWorker()
  const rows = box.control.jobs.rows
  await eventually(() => [...rows.values()].every((row) => row.status === 'succeeded'), 'all are made', 300_000)
  return worker.logs
    .filter((line) => line.includes('"msg":"rendered"'))
    .map((line) => JSON.parse(line) as Ran)
    .map(({ start, end }) => ({ start, end }))
}
