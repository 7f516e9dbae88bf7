import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openJournal } from '#worker/journal.ts'
import { eventually, openBox, type BenchBox } from '#worker/testing/bench-box.ts'
import type { FakeJob } from '#worker/testing/fake-jobs.ts'
import { startWorkerProcess } from '#worker/testing/worker-process.ts'

const dev = { variant: 'dev', modelKey: 'flux1-dev' }
const journalOf = (box: BenchBox) => openJournal(join(box.data, 'worker/journal'))
const succeeds = (job: FakeJob) => eventually(() => job.status === 'succeeded', 'the job succeeds', 25_000)

/** A box whose worker was killed without warning while it sampled. */
async function killInMidJob(box: BenchBox): Promise<FakeJob> {
  const job = await box.addJob(dev)
  await using first = startWorkerProcess(box)
  await eventually(() => job.reports.some((report) => report.step > 0), 'sampling begins', 25_000)
  await first.kill('SIGKILL')
  return job
}

/** What a process leaves behind that died between its claim and anything else. */
async function leaveClaimed(box: BenchBox): Promise<FakeJob> {
  const job = await box.addJob()
  const claimed = box.control.jobs.claim()
  if (claimed) await (await journalOf(box)).write(claimed)
  return job
}

describe.concurrent('a job survives its worker', { timeout: 60_000 }, () => {
  it('being killed in mid-job: the next process re-attaches, nothing runs twice', async () => {
    await using box = await openBox({ stepMs: 400 })
    const job = await killInMidJob(box)
    const before = job.reports.length

    await using _next = startWorkerProcess(box)
    await succeeds(job)

    expect([job.epoch, job.completions.length, box.runs()]).toEqual([1, 1, 1])
    expect(job.reports.slice(before).some((report) => report.stage === 'sampling')).toBe(true)
    await eventually(async () => (await (await journalOf(box)).list()).length === 0, 'the journal is empty')
  })

  it('being killed, and ComfyUI finishing without it: the next process finds the result', async () => {
    await using box = await openBox({ stepMs: 40 })
    const job = await killInMidJob(box)
    await eventually(() => box.comfy.machine.queue.remaining() === 0, 'ComfyUI is done', 25_000)

    await using _next = startWorkerProcess(box)
    await succeeds(job)

    expect([job.epoch, job.completions.length, box.runs()]).toEqual([1, 1, 1])
  })

  it('being killed before it had posted anything: the same attempt is run once', async () => {
    await using box = await openBox()
    const job = await leaveClaimed(box)

    box.startWorker()
    await succeeds(job)

    expect([job.epoch, box.runs()]).toEqual([1, 1])
  })

  it('being killed when the server had heard the end and it had not: nothing is done again', async () => {
    await using box = await openBox()
    const job = await leaveClaimed(box)
    job.status = 'succeeded'

    const worker = box.startWorker()
    await eventually(() => worker.logs.some((line) => line.includes('attempt ended')), 'it is dropped')

    expect([job.completions.length, box.runs()]).toEqual([0, 0])
    expect(await (await journalOf(box)).list()).toEqual([])
  })

  it('being away so long that another took the job: its own attempt is dropped', async () => {
    await using box = await openBox()
    const job = await leaveClaimed(box)
    job.epoch += 1

    const worker = box.startWorker()
    await eventually(() => worker.logs.some((line) => line.includes('attempt ended')), 'it is dropped')

    expect(job.completions).toEqual([])
  })

  it('and ComfyUI both restarting: it runs again in the same attempt', async () => {
    await using box = await openBox({ stepMs: 60 })
    const job = await killInMidJob(box)
    box.comfy.faults.arm({ fault: 'restart', downMs: 200 })

    await using _next = startWorkerProcess(box)
    await succeeds(job)

    expect([job.epoch, job.completions.length, box.runs()]).toEqual([1, 1, 2])
  })
})

describe('a worker told to stop', { timeout: 60_000 }, () => {
  it('hands a job that has far to go back at once, attempt not burned, and interrupts ComfyUI', async () => {
    // Who waited for the grace, or for the job, would be here longer than this test may take.
    await using box = await openBox({ stepMs: 120_000, graceMs: 100_000 })
    const job = await box.addJob(dev)
    const worker = box.startWorker()
    await eventually(() => job.reports.some(({ stage }) => stage !== 'starting'), 'the prompt runs')

    expect(await worker.stop()).toBe('stopped')

    expect([job.releases, job.status, job.failures.length]).toEqual([1, 'queued', 0])
    await eventually(() => box.comfy.machine.queue.remaining() === 0, 'ComfyUI is interrupted')
    expect(await (await journalOf(box)).list()).toEqual([])
  })

  it('finishes a job that is nearly done', async () => {
    await using box = await openBox({ stepMs: 30 })
    const job = await box.addJob(dev)
    const worker = box.startWorker()
    await eventually(() => box.comfy.machine.queue.remaining() > 0, 'it runs')
    await eventually(() => box.comfy.machine.queue.remaining() === 0, 'ComfyUI is done')

    expect(await worker.stop()).toBe('stopped')

    expect([job.status, job.releases]).toEqual(['succeeded', 0])
  })

  it('ends at once when idle, and says goodbye', async () => {
    await using box = await openBox({ graceMs: 100_000 })
    const worker = box.startWorker()
    await eventually(() => (box.control.calls.get('claim') ?? 0) > 1, 'it polls')

    await worker.stop()

    expect(box.control.calls.get('leave')).toBe(1)
  })

  it('while the server is away leaves ComfyUI running, and the next process takes the result', async () => {
    await using box = await openBox({ stepMs: 60 })
    const job = await box.addJob(dev)
    const first = box.startWorker()
    await eventually(() => job.reports.some((report) => report.step > 0), 'sampling begins')
    box.control.setAway('server', true)
    await first.stop()

    box.control.setAway('server', false)
    box.startWorker()
    await succeeds(job)

    expect([job.epoch, job.releases, box.runs()]).toEqual([1, 0, 1])
  })
})
