import { describe, expect, it } from 'vitest'
import { eventually, openBox, type BenchBox } from '#worker/testing/bench-box.ts'
import type { FakeJob } from '#worker/testing/fake-jobs.ts'

const succeeds = (job: FakeJob) => eventually(() => job.status === 'succeeded', 'the job succeeds', 25_000)

async function devJob(box: BenchBox): Promise<FakeJob> {
  return box.addJob({ variant: 'dev', modelKey: 'flux1-dev' })
}

/** A box whose worker is sampling; `progressAfter` is the last step that was reported after the fault, while it sampled. */
async function sampling(box: BenchBox) {
  const job = await devJob(box)
  box.startWorker({ muteMs: 800 })
  const first = await eventually(() => job.reports.find((report) => report.step > 0), 'sampling begins')
  const steps = () => job.reports.filter((report) => report.stage === 'sampling').map((report) => report.step)
  return { job, stepBefore: first.step, lastStep: () => Math.max(...steps()) }
}

describe.concurrent('a job survives a ComfyUI socket that', { timeout: 60_000 }, () => {
  it('pitfall 1: goes mute in mid-job: it is opened anew and progress goes on', async () => {
    await using box = await openBox({ stepMs: 250 })
    const { job, stepBefore, lastStep } = await sampling(box)

    box.comfy.faults.arm({ fault: 'mute' })
    await succeeds(job)

    expect(box.comfy.faults.report().fired.map(({ fault }) => fault)).toEqual(['mute'])
    expect(lastStep()).toBeGreaterThan(stepBefore + 5)
    expect(box.runs()).toBe(1)
  })

  it('is closed in mid-job: it reconnects and progress goes on', async () => {
    await using box = await openBox({ stepMs: 250 })
    const { job, stepBefore, lastStep } = await sampling(box)

    box.comfy.faults.arm({ fault: 'close' })
    await succeeds(job)

    expect(lastStep()).toBeGreaterThan(stepBefore + 5)
    expect(box.runs()).toBe(1)
  })

  it('pitfall 1: is orphaned by its own reconnect, open and silent: it is dropped and opened again', async () => {
    await using box = await openBox({ stepMs: 250 })
    const { job, stepBefore, lastStep } = await sampling(box)

    box.comfy.faults.arm({ fault: 'orphan' })
    box.comfy.faults.arm({ fault: 'close' })
    await succeeds(job)

    expect(box.comfy.faults.report().fired.map(({ fault }) => fault)).toEqual(['close', 'orphan'])
    expect(lastStep()).toBeGreaterThan(stepBefore + 5)
    expect(box.runs()).toBe(1)
  })

  it('is mute for good: the result is found by asking', async () => {
    await using box = await openBox()
    const job = await devJob(box)
    box.comfy.faults.arm({ fault: 'mute', after: 1, count: 100 })

    box.startWorker({ muteMs: 300 })
    await succeeds(job)

    expect(box.runs()).toBe(1)
  })

  it('pitfall 2: holds every event until long after the job is done', async () => {
    await using box = await openBox()
    const job = await devJob(box)
    box.comfy.faults.arm({ fault: 'stall', ms: 5_000 })

    box.startWorker()
    await succeeds(job)

    expect(box.runs()).toBe(1)
  })

  it('pitfall 3: has told the end before the POST was answered', async () => {
    await using box = await openBox({ stepMs: 1 })
    const job = await box.addJob()
    box.comfy.faults.arm({ fault: 'answer-late' })

    box.startWorker()
    await succeeds(job)

    expect(box.runs()).toBe(1)
  })

  it('pitfall 5: tells the end before the history has it', async () => {
    await using box = await openBox()
    const job = await box.addJob()
    box.comfy.faults.arm({ fault: 'history-lag', ms: 700 })

    box.startWorker()
    await succeeds(job)

    expect(box.runs()).toBe(1)
  })
})
