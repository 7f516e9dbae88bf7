import { createHash } from 'node:crypto'
import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { eventually, openBox, type BenchBox } from '#worker/testing/bench-box.ts'
import type { FakeJob } from '#worker/testing/fake-jobs.ts'
import { noisyImage } from '#worker/testing/images.ts'

/** A job whose input is `bytes`, exactly as it says. */
async function jobWith(box: BenchBox, bytes: Buffer): Promise<FakeJob> {
  const job = await box.addJob()
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  job.claimed.inputs = job.claimed.inputs.map((input) => ({ ...input, url: box.control.host(bytes), sha256 }))
  return job
}

async function animation(): Promise<Buffer> {
  const frames = await Promise.all([noisyImage(64, 64), noisyImage(64, 64)])
  return sharp(frames, { join: { animated: true } })
    .webp()
    .toBuffer()
}

describe('an input', { timeout: 30_000 }, () => {
  it('pitfall 13: that is animated, cut off, or gone from storage fails the job for good and never reaches ComfyUI', async () => {
    await using box = await openBox()
    const animated = await jobWith(box, await animation())
    const half = (await noisyImage(256, 256)).subarray(0, 20_000)
    const truncated = await jobWith(box, half)
    const gone = await box.addJob()
    gone.claimed.inputs = gone.claimed.inputs.map((input) => ({ ...input, url: `${box.control.url}/get/nothing` }))

    box.startWorker()
    await eventually(() => gone.status === 'failed', 'all fail')

    for (const job of [animated, truncated])
      expect(job.failures).toMatchObject([{ code: 'INPUT_UNREADABLE', retry: false }])
    expect(gone.failures).toMatchObject([{ code: 'INPUT_GONE', retry: false }])
    expect(box.runs()).toBe(0)
  })

  it('pitfall 22: that is a text with an embedding in it fails the job for good and is never posted', async () => {
    await using box = await openBox()
    const prompt = await box.addJob()
    prompt.claimed.spec.prompt = 'a cat, (embedding:../../secret:1.2)'
    const negative = await box.addJob()
    negative.claimed.spec.negative = 'EMBEDDING : bad-hands'

    box.startWorker()
    await eventually(() => negative.status === 'failed', 'both fail')

    for (const job of [prompt, negative]) expect(job.failures).toMatchObject([{ code: 'GRAPH_INVALID', retry: false }])
    expect(box.runs()).toBe(0)
  })

  it('pitfall 7: that is a seed above 2^53 reaches ComfyUI digit for digit', async () => {
    await using box = await openBox({ stepMs: 60 })
    const job = await box.addJob()
    job.claimed.spec.seed = '18446744073709551614'

    box.startWorker()
    const posted = await eventually(() => box.comfy.machine.queue.running(), 'it runs')

    expect(posted.graph['sampler']?.inputs['seed']).toBe('18446744073709551614')
    await eventually(() => job.status === 'succeeded', 'the job succeeds')
  })
})
