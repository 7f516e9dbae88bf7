import { writeFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { remixGraph } from '#worker/standin/testing/graphs.ts'
import { TestClient } from '#worker/standin/testing/client.ts'
import { eventually, openBox, type BenchBox } from '#worker/testing/bench-box.ts'
import type { FakeJob } from '#worker/testing/fake-jobs.ts'
import { noisyImage } from '#worker/testing/images.ts'

/** Somebody else's prompt, running at the box's ComfyUI for `steps` steps. */
async function occupy(box: BenchBox, steps: number): Promise<string> {
  const path = box.comfy.machine.options.folders.path('input', '', 'base.png')
  await writeFile(path ?? '', await noisyImage(64, 64))
  const client = await TestClient.open(box.comfy.url)
  const { id } = await client.submit(remixGraph({ steps }))
  await client.close()
  await eventually(() => box.comfy.machine.queue.running()?.id === id, 'it runs')
  return id
}

const waiting = (box: BenchBox) => box.comfy.machine.queue.pending().map((item) => item.id)
const statusOf = (box: BenchBox, id: string) => box.comfy.machine.queue.history().get(id)?.statusStr

/** Makes the server call a job canceled from the moment that it hears of this stage. */
function cancelAt(box: BenchBox, job: FakeJob, stage: string): void {
  const report = box.control.jobs.report.bind(box.control.jobs)
  box.control.jobs.report = (attempt, news) => {
    if (news.stage === stage && job.id === attempt.job) job.status = 'canceled'
    return report(attempt, news)
  }
}

describe.concurrent('a cancelled prompt', { timeout: 30_000 }, () => {
  it('pitfall 9: is the job’s own: what else runs in ComfyUI goes on', async () => {
    await using box = await openBox({ stepMs: 40 })
    const other = await occupy(box, 40)
    const job = await box.addJob()
    const worker = box.startWorker()
    await eventually(() => waiting(box).length === 1, 'it waits behind the other')

    await worker.stop()

    expect([job.releases, waiting(box)]).toEqual([1, []])
    await eventually(() => statusOf(box, other) === 'success', 'the other succeeds')
  })

  it('pitfall 10: may be in its last node: it runs to its end, is not delivered, and then the next job begins', async () => {
    await using box = await openBox()
    const job = await box.addJob()
    const next = await box.addJob({ inputs: job.claimed.inputs })
    box.comfy.faults.arm({ fault: 'deaf-end', ms: 400 })
    cancelAt(box, job, 'decoding')

    box.startWorker()
    await eventually(() => next.status === 'succeeded', 'the next succeeds')

    expect([job.status, job.completions, job.failures]).toEqual(['canceled', [], []])
    expect(next.epoch).toBe(1)
    await eventually(() => box.comfy.machine.queue.history().size === 0, 'both entries are forgotten')
  })
})

describe.concurrent('a prompt that ComfyUI no longer knows', { timeout: 30_000 }, () => {
  it('pitfall 11: is posted once more, then given back; the new attempt has a prompt id of its own', async () => {
    await using box = await openBox({ stepMs: 40 })
    await occupy(box, 60)
    const job = await box.addJob()
    box.startWorker()
    for (const _loss of [1, 2]) {
      await eventually(() => waiting(box).length === 1, 'it waits')
      box.comfy.machine.queue.drop(() => true)
    }
    await eventually(() => job.status === 'succeeded', 'another attempt succeeds')

    expect(job.failures).toMatchObject([{ epoch: 1, code: 'ENGINE_UNREACHABLE', retry: true }])
    expect([job.epoch, [...box.comfy.machine.accepted.values()]]).toEqual([2, [1, 2, 1]])
  })
})
