import { randomUUID } from 'node:crypto'
import { quantile } from '#shared/bench/report.ts'
import { printRow } from '#supabase/bench/world.ts'
import { hasComfy } from '#worker/testing/comfy/env.ts'
import { openComfyBox } from '#worker/testing/comfy/comfy-box.ts'
import { forClient, openDriver } from '#worker/testing/comfy/driver.ts'
import { noisyImage } from '#worker/testing/images.ts'
import { eventually } from '#worker/testing/bench-box.ts'
import { TestClient } from '#worker/standin/testing/client.ts'

const images = 40
const key = 'remix/schnell'
/** The first of a run load the model and warm the caches of both sides. */
const warmUp = 3

type Made = { at: number; gpuMs: number }

/**
 * How long a real ComfyUI computes nothing between two queued images: from one image in hand to the next, less what
 * ComfyUI spent on its prompt. Beside it the least that any client does: upload, POST, wait on the socket, GET.
 */
if (!hasComfy()) {
  process.stderr.write('  skipped: COMFY_URL names no ComfyUI\n')
} else {
  const ours = idleOf(await makeWithWorker())
  const raw = idleOf(await makeRaw())
  for (const share of [0.5, 0.95]) {
    printRow({
      what: `ComfyUI idle between two queued images, p${share * 100}`,
      value: quantile(ours, share),
      unit: 'ms',
      peer: 'raw client: upload, POST, socket, GET',
      peerValue: quantile(raw, share),
      samples: ours.length,
    })
  }
}

function idleOf(made: readonly Made[]): number[] {
  return made.slice(warmUp).map(({ at, gpuMs }, i) => at - (made[i + warmUp - 1]?.at ?? 0) - gpuMs)
}

/** The worker with a control plane of this process: what is measured ends where the server has taken the image. */
async function makeWithWorker(): Promise<Made[]> {
  process.stderr.write(`  ${images} images through the worker\n`)
  await using box = await openComfyBox()
  const made: Made[] = []
  const complete = box.control.jobs.complete.bind(box.control.jobs)
  box.control.jobs.complete = (input, stored) => {
    made.push({ at: performance.now(), gpuMs: input.gpuMs })
    return complete(input, stored)
  }
  for (let i = 0; i < images; i += 1) await box.addJob({ key })
  box.startWorker()
  await eventually(() => made.length === images, 'all are made', 300_000)
  return made
}

async function makeRaw(): Promise<Made[]> {
  process.stderr.write(`  ${images} images through a raw client\n`)
  using driver = openDriver()
  const client = await TestClient.open(driver.url)
  const { graph, variant } = await driver.bind()
  const made: Made[] = []
  for (let i = 0; i < images; i += 1) {
    const nonce = randomUUID()
    const bytes = await noisyImage(192, 128)
    const form = new FormData()
    form.set('image', new File([new Uint8Array(bytes)], `${nonce}.png`))
    await fetch(`${driver.url}/api/upload/image`, { method: 'POST', body: form })
    const next = structuredClone(graph)
    for (const node of Object.values(next)) if (node.class_type === 'LoadImage') node.inputs['image'] = `${nonce}.png`
    const output = next[variant.output]
    if (output) output.inputs['forge_nonce'] = nonce
    const id = await client.run(forClient(next))
    const job = await client.json(`/api/jobs/${id}`)
    await client.result(id)
    const gpuMs = Number(job['execution_end_time']) - Number(job['execution_start_time'])
    made.push({ at: performance.now(), gpuMs })
  }
  await client.close()
  return made
}
