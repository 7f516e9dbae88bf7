import { describe, expect, it } from 'vitest'
import { eventually, openBox } from '#worker/testing/bench-box.ts'

const dev = { variant: 'dev', modelKey: 'flux1-dev' }

describe.concurrent('a job survives', { timeout: 60_000 }, () => {
  it('a POST whose answer is lost: it is looked up and not posted again', async () => {
    await using box = await openBox()
    const job = await box.addJob()
    box.comfy.faults.arm({ fault: 'drop-reply' })

    box.startWorker()
    await eventually(() => job.status === 'succeeded', 'the job succeeds')

    expect(box.runs()).toBe(1)
  })

  it('a POST that fails before it is taken: it is posted again', async () => {
    await using box = await openBox()
    const job = await box.addJob()
    box.comfy.faults.arm({ fault: 'reject', status: 503 })

    box.startWorker()
    await eventually(() => job.status === 'succeeded', 'the job succeeds')

    expect(box.runs()).toBe(1)
  })

  it('pitfall 6: cached executions: the same request again runs its output node and gets a file of its own', async () => {
    await using box = await openBox({ paint: true })
    const first = await box.addJob()
    const second = await box.addJob({ inputs: first.claimed.inputs, spec: first.claimed.spec })

    box.startWorker()
    await eventually(() => second.status === 'succeeded', 'both succeed')

    const digest = (job: typeof first) => job.completions[0]?.files.find((file) => file.kind === 'output')?.sha256
    expect(first.status).toBe('succeeded')
    expect(digest(second)).toBe(digest(first))
    expect(box.runs()).toBe(2)
  })

  it('pitfall 20: ComfyUI restarting in mid-job: the lost prompt is posted once more in the same attempt', async () => {
    await using box = await openBox({ stepMs: 60 })
    const job = await box.addJob(dev)

    box.startWorker()
    await eventually(() => job.reports.some((report) => report.step > 0), 'sampling begins')
    box.comfy.faults.arm({ fault: 'restart', downMs: 500 })
    await eventually(() => job.status === 'succeeded', 'the job succeeds')

    expect(job.epoch).toBe(1)
    expect(box.runs()).toBe(2)
    expect(job.failures).toEqual([])
  })

  it('ComfyUI restarting with less than it had: it is tested again before the next claim', async () => {
    await using box = await openBox()
    const worker = box.startWorker()
    await eventually(() => worker.logs.some((line) => line.includes('"msg":"ready"')), 'it is ready')
    expect(box.control.jobs.templates).toContain('remix/dev')

    box.comfy.faults.arm({ fault: 'missing-model', file: 'flux1-dev.safetensors', count: 99 })
    box.comfy.faults.arm({ fault: 'restart', downMs: 900 })
    await eventually(() => !box.control.jobs.templates?.includes('remix/dev'), 'the template is gone')

    expect(box.control.jobs.templates).toContain('remix/schnell')
  })

  it('ComfyUI restarting between two jobs', async () => {
    await using box = await openBox()
    const first = await box.addJob()
    box.startWorker()
    await eventually(() => first.status === 'succeeded', 'the first succeeds')

    box.comfy.faults.arm({ fault: 'restart', downMs: 800 })
    const second = await box.addJob()
    await eventually(() => second.status === 'succeeded', 'the second succeeds')

    expect(second.failures).toEqual([])
  })

  it('a ComfyUI that starts long after the worker', async () => {
    await using box = await openBox()
    const job = await box.addJob()
    box.comfy.faults.arm({ fault: 'restart', downMs: 1_500 })

    box.startWorker()
    await eventually(() => job.status === 'succeeded', 'the job succeeds')
  })

  it('ComfyUI being away: nothing is claimed, another box may be free', async () => {
    await using box = await openBox()
    const worker = box.startWorker()
    await eventually(() => (box.control.calls.get('claim') ?? 0) > 1, 'it polls')

    await box.comfy.stop()
    await eventually(() => worker.logs.some((line) => line.includes('cannot claim')), 'it notices')
    const job = await box.addJob()
    await new Promise((resolve) => setTimeout(resolve, 500))

    expect(job.epoch).toBe(0)
  })

  it('an image that is cut off on its first way out of ComfyUI, or gone: the attempt is given back, not faked', async () => {
    await using box = await openBox()
    const job = await box.addJob()
    box.comfy.faults.arm({ fault: 'truncated-output' })

    box.startWorker()
    await eventually(() => job.status === 'succeeded', 'the second attempt succeeds')

    expect(job.failures).toMatchObject([{ epoch: 1, code: 'OUTPUT_CORRUPT', retry: true }])
    expect(job.epoch).toBe(2)
  })

  it('ten jobs of a few milliseconds each: every one is answered, none runs twice', async () => {
    await using box = await openBox({ stepMs: 1, loadMs: 1 })
    const seed = await box.addJob()
    const more = await Promise.all(Array.from({ length: 9 }, () => box.addJob({ inputs: seed.claimed.inputs })))

    box.startWorker()
    await eventually(() => [seed, ...more].every((job) => job.status === 'succeeded'), 'all succeed', 25_000)

    expect([...box.comfy.machine.accepted.values()]).toEqual(Array.from({ length: 10 }, () => 1))
  })
})

describe.concurrent('an attempt fails with', { timeout: 60_000 }, () => {
  it('pitfall 16: OUTPUT_EMPTY when the image is black, previews and all', async () => {
    await using box = await openBox()
    const job = await box.addJob()
    box.comfy.faults.arm({ fault: 'black-output', previews: true })

    box.startWorker()
    await eventually(() => job.status === 'failed', 'the job fails')

    expect(job.failures).toMatchObject([{ code: 'OUTPUT_EMPTY', retry: false }])
    expect(box.control.calls.get('uploads')).toBeUndefined()
  })

  it('OUTPUT_EMPTY when ComfyUI succeeds without an image', async () => {
    await using box = await openBox()
    const job = await box.addJob()
    box.comfy.faults.arm({ fault: 'empty-output' })

    box.startWorker({ lagMs: 300 })
    await eventually(() => job.status === 'failed', 'the job fails')

    expect(job.failures).toMatchObject([{ code: 'OUTPUT_EMPTY' }])
  })

  it('OUT_OF_MEMORY for good, after the same once more with all memory freed and nothing smaller to try', async () => {
    await using box = await openBox()
    const job = await box.addJob(dev)
    box.comfy.faults.arm({ fault: 'oom', step: 2, count: 2 })

    box.startWorker()
    await eventually(() => job.status === 'failed', 'the job fails')

    expect(job.failures).toMatchObject([{ epoch: 1, code: 'OUT_OF_MEMORY', retry: false }])
    expect(box.runs()).toBe(2)
  })

  it('pitfall 24: ENGINE_ERROR when a node throws, its words kept out of every log', async () => {
    await using box = await openBox()
    const job = await box.addJob(dev)
    box.comfy.faults.arm({ fault: 'runtime-error', step: 3, message: 'a private prompt' })

    const worker = box.startWorker()
    await eventually(() => job.status === 'succeeded', 'the second attempt succeeds')

    expect(job.failures).toMatchObject([{ code: 'ENGINE_ERROR', retry: true }])
    expect(worker.logs.join('')).not.toContain('a private prompt')
  })

  it('STAGE_TIMEOUT when ComfyUI hangs at a step, and interrupts it', async () => {
    await using box = await openBox()
    const job = await box.addJob(dev)
    box.comfy.faults.arm({ fault: 'hang', step: 4 })

    box.startWorker({ stepMs: 800, muteMs: 10_000 })
    await eventually(() => job.status === 'succeeded', 'the second attempt succeeds')

    expect(job.failures).toMatchObject([{ epoch: 1, code: 'STAGE_TIMEOUT', retry: true }])
  })

  it('STAGE_TIMEOUT when the prompt worker is dead, and the box asks for a restart of its ComfyUI', async () => {
    await using box = await openBox()
    const job = await box.addJob()
    box.comfy.faults.arm({ fault: 'worker-death' })

    const worker = box.startWorker({ loadMs: 600 })

    expect(await worker.ended).toBe('stuck')
    expect(job.failures).toMatchObject([{ epoch: 1, code: 'STAGE_TIMEOUT', retry: true }])
    expect(job.status).toBe('queued')
  })

  it('pitfall 8: GRAPH_INVALID when ComfyUI takes only part of a graph, which is stopped', async () => {
    await using box = await openBox({ stepMs: 200 })
    const job = await box.addJob(dev)
    box.comfy.faults.arm({ fault: 'partly-accepted' })

    box.startWorker()
    await eventually(() => job.status === 'failed', 'the job fails')

    expect(job.failures).toMatchObject([{ code: 'GRAPH_INVALID', retry: false }])
    await eventually(() => box.comfy.machine.queue.remaining() === 0, 'ComfyUI stops')
    expect(box.runs()).toBe(1)
  })

  it('ENGINE_UNREACHABLE when ComfyUI stays away', async () => {
    await using box = await openBox({ stepMs: 60 })
    const job = await box.addJob(dev)

    box.startWorker({ awayMs: 600 })
    await eventually(() => job.reports.some((report) => report.step > 0), 'sampling begins')
    box.comfy.faults.arm({ fault: 'restart', downMs: 3_000 })
    await eventually(() => job.failures.length > 0, 'the attempt fails')

    expect(job.failures[0]).toMatchObject({ code: 'ENGINE_UNREACHABLE', retry: true })
  })

  it('INPUT_UNREADABLE when the bytes are not those of the job', async () => {
    await using box = await openBox()
    const job = await box.addJob()
    for (const input of job.claimed.inputs) input.url = box.control.host(Buffer.from('not an image'))

    box.startWorker()
    await eventually(() => job.failures.length > 0, 'the attempt fails', 25_000)

    expect(job.failures[0]).toMatchObject({ code: 'INPUT_UNREADABLE', retry: true })
    expect(box.runs()).toBe(0)
  })

  it('GRAPH_INVALID when the job was made with another version of the template', async () => {
    await using box = await openBox()
    const job = await box.addJob()
    job.claimed.spec.workflowHash = 'of another version'

    box.startWorker()
    await eventually(() => job.failures.length > 0, 'the attempt fails')

    expect(job.failures[0]).toMatchObject({ code: 'GRAPH_INVALID', retry: true })
  })
})

describe.concurrent('a box', { timeout: 60_000 }, () => {
  it('whose card is broken asks for a new ComfyUI, and to be replaced when that was so twice within an hour', async () => {
    await using box = await openBox()
    const job = await box.addJob(dev)
    const broken = { fault: 'runtime-error', step: 2, message: 'CUDA error: device-side assert triggered' } as const

    box.comfy.faults.arm(broken)
    expect(await box.startWorker().ended).toBe('stuck')
    box.comfy.faults.arm(broken)
    expect(await box.startWorker().ended).toBe('unfit')

    expect(job.failures).toMatchObject([
      { epoch: 1, code: 'ENGINE_ERROR', retry: true },
      { epoch: 2, code: 'ENGINE_ERROR', retry: true },
    ])
    expect(box.control.fitness.at(-1)).toContain('twice')
  })

  it('that misses a model strikes the template at once, hands its job back unburned and goes on with others', async () => {
    await using box = await openBox()
    const job = await box.addJob(dev)
    const worker = box.startWorker()
    await eventually(() => worker.logs.some((line) => line.includes('"msg":"ready"')), 'it is ready')
    await eventually(() => job.status === 'succeeded', 'it works at first')

    box.comfy.faults.arm({ fault: 'missing-model', file: 'flux1-dev.safetensors', count: 9 })
    const lost = await box.addJob(dev)
    const other = await box.addJob()
    await eventually(() => other.status === 'succeeded', 'the other succeeds')

    expect([lost.status, lost.epoch, lost.releases, lost.failures]).toEqual(['queued', 1, 1, []])
    expect(box.control.jobs.templates).not.toContain('remix/dev')
  })

  it('whose ComfyUI has no room on its disk hands the job back, says so, and claims nothing', async () => {
    await using box = await openBox()
    const job = await box.addJob(dev)
    box.comfy.faults.arm({ fault: 'runtime-error', step: 2, message: '[Errno 28] No space left on device' })

    box.startWorker()
    await eventually(() => box.control.fitness.some((reason) => reason !== null), 'it says so')
    await new Promise((resolve) => setTimeout(resolve, 400))

    expect([job.status, job.epoch, job.releases, job.failures]).toEqual(['queued', 1, 1, []])
  })

  it('with little memory makes the picture at half the area, and the file says so', async () => {
    await using box = await openBox({ pixels: 524_288 })
    const job = await box.addJob(dev)
    box.comfy.faults.arm({ fault: 'oom', step: 1, count: 2 })

    box.startWorker()
    await eventually(() => job.status === 'succeeded', 'the job succeeds', 40_000)

    const full = job.completions[0]?.files.find(({ kind }) => kind === 'output')
    const bytes = Buffer.from(box.control.stored.get(full?.stagingKey ?? '') ?? [])
    expect(bytes.readUInt32BE(16) * bytes.readUInt32BE(20)).toBeLessThan(300_000)
    expect(bytes.toString('latin1')).toContain('smaller than asked for')
    expect([job.epoch, job.failures, box.runs()]).toEqual([1, [], 3])
  })
})
