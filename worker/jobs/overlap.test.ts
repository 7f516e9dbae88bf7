import { describe, expect, it } from 'vitest'
import { eventually, openBox, type BenchBox } from '#worker/testing/bench-box.ts'
import { startWorkerProcess } from '#worker/testing/worker-process.ts'
import type { FakeJob } from '#worker/testing/fake-jobs.ts'
import { promptIdOf } from '#worker/core/prompt-id.ts'

const dev = { variant: 'dev', modelKey: 'flux1-dev' }
const idOf = (job: FakeJob) => promptIdOf({ job: job.id, epoch: job.epoch })
const pending = (box: BenchBox) => box.comfy.machine.queue.pending().map(({ id }) => id)
const running = (box: BenchBox) => box.comfy.machine.queue.running()?.id
const succeeded = (job: FakeJob) => job.status === 'succeeded'

/** A box that runs the first job while the second waits in ComfyUI's queue. */
async function holdTwo(options: { stepMs: number }) {
  const box = await openBox(options)
  const first = await box.addJob(dev)
  const second = await box.addJob({ ...dev, spec: { ...first.claimed.spec, seed: '8' } })
  const worker = box.startWorker({ beatMs: 300 })
  await eventually(() => pending(box).length === 1, 'one runs and one waits')
  return { box, first, second, worker }
}

describe.concurrent('the job after the running one', { timeout: 60_000 }, () => {
  it('is in ComfyUI’s queue before the running one ends, and its row says that it has not begun', async () => {
    const { box, first, second } = await holdTwo({ stepMs: 60 })
    await using _box = box

    expect([running(box), pending(box)]).toEqual([idOf(first), [idOf(second)]])
    expect(box.control.jobs.claims.map(({ ahead }) => ahead)).toEqual([false, true])
    expect(box.control.jobs.claims[1]?.warm).toEqual(['flux1-dev'])
    await eventually(() => second.reports.length > 0, 'it has a beat of its own')
    expect(second.reports.map(({ stage }) => stage)).not.toContain('sampling')
    await eventually(() => succeeded(first) && succeeded(second), 'both succeed')
    expect([first.epoch, second.epoch, box.runs()]).toEqual([1, 1, 2])
  })

  it('is not claimed while the running one has far to go', async () => {
    await using box = await openBox({ stepMs: 900 })
    const first = await box.addJob(dev)
    const second = await box.addJob({ inputs: first.claimed.inputs })
    box.startWorker()

    await eventually(() => first.reports.some(({ step }) => step >= 3), 'three steps are done')

    expect(second.status).toBe('queued')
  })

  it('is left to another box that idles', async () => {
    await using box = await openBox({ stepMs: 40 })
    box.control.jobs.elsewhereIdle = true
    const first = await box.addJob(dev)
    const second = await box.addJob({ inputs: first.claimed.inputs })
    box.startWorker()

    await eventually(() => succeeded(second), 'both succeed')

    expect(box.control.jobs.claims.map(({ ahead }) => ahead)).toEqual([false, false])
  })

  it('canceled, leaves ComfyUI’s queue, its inputs are emptied, and the running one is not touched', async () => {
    const { box, first, second } = await holdTwo({ stepMs: 100 })
    await using _box = box

    second.status = 'canceled'
    await eventually(() => pending(box).length === 0, 'it is gone from the queue')
    expect(running(box)).toBe(idOf(first))
    await eventually(() => succeeded(first), 'the first succeeds')

    expect([second.completions, second.failures, second.releases]).toEqual([[], [], 0])
    expect(first.failures).toEqual([])
  })

  it('survives an error of the running one', async () => {
    const { box, first, second } = await holdTwo({ stepMs: 60 })
    await using _box = box

    box.comfy.faults.arm({ fault: 'runtime-error', step: 27 })
    await eventually(() => succeeded(first) && succeeded(second), 'both succeed')

    expect(first.failures).toMatchObject([{ code: 'ENGINE_ERROR', retry: true }])
    expect([second.epoch, second.failures]).toEqual([1, []])
  })

  it('goes back unburned when the card breaks under the running one, although it fails as well', async () => {
    const { box, first, second, worker } = await holdTwo({ stepMs: 60 })
    await using _box = box

    box.comfy.faults.arm({ fault: 'runtime-error', step: 27, message: 'CUDA error: device-side assert triggered' })
    box.comfy.faults.arm({ fault: 'runtime-error', step: 1, message: 'CUDA error: driver shutting down' })

    expect(await worker.ended).toBe('stuck')
    expect(first.failures).toMatchObject([{ code: 'ENGINE_ERROR', retry: true }])
    expect([second.releases, second.failures, second.status]).toEqual([1, [], 'queued'])
  })

  it('goes back first, unburned, when the worker is told to stop, and the running one is finished', async () => {
    const { box, first, second, worker } = await holdTwo({ stepMs: 60 })
    await using _box = box
    box.comfy.faults.arm({ fault: 'deaf-end', ms: 600 })
    await eventually(() => first.reports.some(({ stage }) => stage === 'decoding'), 'it is nearly done')

    expect(await worker.stop()).toBe('stopped')

    expect([second.releases, second.status, second.failures]).toEqual([1, 'queued', []])
    expect([first.status, first.releases]).toEqual(['succeeded', 0])
    expect(pending(box)).toEqual([])
  })

  it('goes back when the box is drained', async () => {
    const { box, first, second, worker } = await holdTwo({ stepMs: 60 })
    await using _box = box

    box.control.jobs.drain = true

    expect(await worker.ended).toBe('drained')
    expect([first.status, second.status, second.releases]).toEqual(['succeeded', 'queued', 1])
  })
})

describe('three jobs in hand', { timeout: 60_000 }, () => {
  it('are all that a box holds, and each is made and captured once although its worker is killed with all of them', async () => {
    await using box = await openBox({ stepMs: 40 })
    const first = await box.addJob(dev)
    const wish = (seed: number) => ({ ...dev, spec: { ...first.claimed.spec, seed: String(seed) } })
    const jobs = [first, ...(await Promise.all([1, 2, 3].map((seed) => box.addJob(wish(seed)))))]
    // Nothing can be handed in: one is on its way out, one runs, one waits ahead.
    box.control.loseAnswers('uploads', 1_000)
    await using killed = startWorkerProcess(box)
    await eventually(() => box.runs() === 3, 'three are in hand')
    await eventually(() => running(box) !== undefined && pending(box).length === 1, 'one runs and one waits')
    expect(jobs.filter(({ status }) => status === 'running')).toHaveLength(3)
    await killed.kill('SIGKILL')

    box.control.loseAnswers('uploads', 0)
    await using _next = startWorkerProcess(box)
    await eventually(() => jobs.every(succeeded), 'all succeed', 40_000)

    expect(jobs.map(({ epoch, completions }) => [epoch, completions.length])).toEqual(jobs.map(() => [1, 1]))
    expect(box.runs()).toBe(4)
  })
})
