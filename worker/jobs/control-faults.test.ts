import { describe, expect, it } from 'vitest'
import { eventually, openBox, type BenchBox } from '#worker/testing/bench-box.ts'
import type { Part } from '#worker/testing/fake-control-plane.ts'

const dev = { variant: 'dev', modelKey: 'flux1-dev' }

async function startAndSample(box: BenchBox) {
  const job = await box.addJob(dev)
  const worker = box.startWorker()
  await eventually(() => job.reports.some((report) => report.step > 0), 'sampling begins')
  return { job, worker }
}

const comfyIsDone = (box: BenchBox) => () => box.comfy.machine.queue.remaining() === 0

describe.concurrent('a job survives', { timeout: 60_000 }, () => {
  it.each<Part>(['server', 'database', 'storage'])('the %s being away while it runs: no second run', async (part) => {
    await using box = await openBox({ stepMs: 40 })
    const { job } = await startAndSample(box)

    box.control.setAway(part, true)
    await eventually(comfyIsDone(box), 'ComfyUI is done')
    await new Promise((resolve) => setTimeout(resolve, 1_500))
    expect(job.status).toBe('running')
    box.control.setAway(part, false)
    await eventually(() => job.status === 'succeeded', 'the job succeeds')

    expect(job.epoch).toBe(1)
    expect(job.completions).toHaveLength(1)
    expect(box.runs()).toBe(1)
  })

  it('an answer to "complete" that is lost: the second one is the same', async () => {
    await using box = await openBox()
    const job = await box.addJob()
    box.control.loseAnswers('complete', 1)

    const worker = box.startWorker()
    await eventually(() => job.status === 'succeeded', 'the job succeeds')
    await eventually(() => worker.logs.some((line) => line.includes('attempt ended')), 'the attempt ends')

    expect(job.completions).toHaveLength(1)
    expect(box.runs()).toBe(1)
  })

  it('a token that is refused: a new one is taken and the call made again', async () => {
    await using box = await openBox({ stepMs: 40 })
    const { job } = await startAndSample(box)

    box.control.expireTokens()
    await eventually(() => job.status === 'succeeded', 'the job succeeds')

    expect(box.control.calls.get('session')).toBe(2)
    expect(job.failures).toEqual([])
  })

  it('a server that starts after the worker', async () => {
    await using box = await openBox()
    const job = await box.addJob()
    box.control.setAway('server', true)

    box.startWorker()
    await eventually(() => (box.control.calls.get('session') ?? 0) > 1, 'it asks again')
    box.control.setAway('server', false)
    await eventually(() => job.status === 'succeeded', 'the job succeeds')
  })
})

describe.concurrent('an attempt is dropped', { timeout: 60_000 }, () => {
  it('when the next beat says that the job was canceled, and ComfyUI stops', async () => {
    await using box = await openBox({ stepMs: 100 })
    const { job, worker } = await startAndSample(box)

    job.status = 'canceled'
    await eventually(comfyIsDone(box), 'ComfyUI is interrupted', 2_500)
    await eventually(() => worker.logs.some((line) => line.includes('"outcome":"dropped"')), 'it is dropped')

    expect([job.completions, job.failures]).toEqual([[], []])
  })

  it('E04 when the job has moved to another epoch: its files never arrive', async () => {
    await using box = await openBox({ stepMs: 40 })
    const { job, worker } = await startAndSample(box)

    job.epoch = 7
    await eventually(() => worker.logs.some((line) => line.includes('"outcome":"dropped"')), 'it is dropped')

    expect(job.completions).toEqual([])
    expect(job.status).toBe('running')
  })

  it('E07 when the key is revoked, and the worker ends', async () => {
    await using box = await openBox({ stepMs: 100 })
    const { worker } = await startAndSample(box)

    box.control.revoke()

    expect(await worker.ended).toBe('revoked')
    await eventually(comfyIsDone(box), 'ComfyUI is interrupted')
  })
})

describe.concurrent('a worker', { timeout: 60_000 }, () => {
  it('E07 refuses to start with a key that is not accepted', async () => {
    await using box = await openBox()
    box.control.revoke()

    await expect(box.startWorker().ended).rejects.toMatchObject({ code: 'WORKER_KEY_INVALID' })
  })

  it('finishes what it has and claims nothing more when it is drained', async () => {
    await using box = await openBox()
    const first = await box.addJob(dev)
    const second = await box.addJob()
    box.control.jobs.drain = true

    const worker = box.startWorker()

    expect(await worker.ended).toBe('drained')
    expect([first.status, second.status]).toEqual(['succeeded', 'queued'])
  })

  it('E18 writes no key, token, signed URL or prompt into its log', async () => {
    await using box = await openBox()
    const job = await box.addJob({ ...dev })
    job.claimed.spec.prompt = 'a very private prompt'
    box.control.loseAnswers('uploads', 1)

    const worker = box.startWorker()
    await eventually(() => job.status === 'succeeded', 'the job succeeds')

    const log = worker.logs.join('')
    expect(log).not.toContain(box.control.key)
    expect(log).not.toMatch(/e30\.|secret-signature|private prompt|staging\//)
  })
})
