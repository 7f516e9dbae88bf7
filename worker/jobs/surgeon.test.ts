import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { softenMask } from '#shared/mask/soften.ts'
import { eventually, openBox, type BenchBox } from '#worker/testing/bench-box.ts'
import type { FakeJob } from '#worker/testing/fake-jobs.ts'
import { addRepaintJob, middleMask } from '#worker/testing/repaint-job.ts'

const pixelsOf = (image: Uint8Array) => sharp(image).removeAlpha().raw().toBuffer()

/** The stored full-size picture of a job that succeeded. */
function outputOf(box: BenchBox, job: FakeJob): Uint8Array {
  const file = job.completions[0]?.files.find(({ kind }) => kind === 'output')
  return box.control.stored.get(file?.stagingKey ?? '') ?? new Uint8Array()
}

/** How many pixels differ where the soft mask is 0, and where it is 255. */
async function changed(box: BenchBox, { job, work, mask }: Awaited<ReturnType<typeof addRepaintJob>>) {
  const { grow = 0, feather = 0 } = job.claimed.mask ?? {}
  const alpha = softenMask(await pixelsOf(mask), 256, 256, { grow, feather })
  const [before, after] = await Promise.all([pixelsOf(work), pixelsOf(outputOf(box, job))])
  const differs = (i: number) => [0, 1, 2].some((channel) => before[i * 3 + channel] !== after[i * 3 + channel])
  const count = (weight: number) => alpha.reduce((sum, a, i) => sum + (a === weight && differs(i) ? 1 : 0), 0)
  return { outside: count(0), inside: count(255), painted: alpha.filter((a) => a === 255).length }
}

describe('Surgeon', { timeout: 30_000 }, () => {
  it('leaves every pixel outside the soft mask bit-equal to the work image and repaints those inside', async () => {
    await using box = await openBox({ paint: true })
    const soft = await addRepaintJob(box, { grow: 8, feather: 16 })
    const hard = await addRepaintJob(box, { grow: -3, feather: 0 })

    box.startWorker()
    await eventually(() => soft.job.status === 'succeeded' && hard.job.status === 'succeeded', 'both succeed')

    for (const made of [soft, hard]) {
      const { outside, inside, painted } = await changed(box, made)
      expect(outside).toBe(0)
      expect(inside).toBeGreaterThan(painted / 2)
    }
  })

  it('composites also what a former process had rendered', async () => {
    await using box = await openBox({ stepMs: 40, paint: true })
    const made = await addRepaintJob(box, { grow: 0, feather: 4 })
    const first = box.startWorker()
    await eventually(() => made.job.reports.some((report) => report.step > 0), 'sampling begins')
    box.control.setAway('server', true)
    await first.stop()

    box.control.setAway('server', false)
    box.startWorker()
    await eventually(() => made.job.status === 'succeeded', 'the job succeeds')

    expect([made.job.epoch, box.runs(), (await changed(box, made)).outside]).toEqual([1, 1, 0])
  })

  it('refuses a mask of another size for good, and ComfyUI is not asked', async () => {
    await using box = await openBox()
    const { job } = await addRepaintJob(box, { grow: 8, feather: 16 }, { mask: await middleMask(128, 256) })

    box.startWorker()
    await eventually(() => job.status === 'failed', 'the job fails')

    const detail = 'mask is 128 × 256, its work image 256 × 256'
    expect(job.failures).toMatchObject([{ code: 'INPUT_UNREADABLE', retry: false, detail }])
    expect(box.runs()).toBe(0)
  })
})
