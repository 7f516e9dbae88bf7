import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { once } from 'node:events'
import { spawn } from 'node:child_process'
import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { softenMask } from '#shared/mask/soften.ts'
import { eventually } from '#worker/testing/bench-box.ts'
import { discMask, openComfyBox, type ComfyBox } from '#worker/testing/comfy/comfy-box.ts'
import { readComfyEnv } from '#worker/testing/comfy/env.ts'
import type { FakeJob } from '#worker/testing/fake-jobs.ts'
import { noisyImage } from '#worker/testing/images.ts'

const env = readComfyEnv()
const pixelsOf = (image: Uint8Array) => sharp(image).removeAlpha().raw().toBuffer()
const key = 'remix/schnell'

async function queued(): Promise<number> {
  const answer = (await (await fetch(`${env.COMFY_URL}/api/prompt`)).json()) as {
    exec_info: { queue_remaining: number }
  }
  return answer.exec_info.queue_remaining
}

async function historyIds(): Promise<string[]> {
  return Object.keys((await (await fetch(`${env.COMFY_URL}/api/history`)).json()) as object)
}

const sampling = (job: FakeJob) => eventually(() => job.reports.some(({ step }) => step > 0), 'it samples', 60_000)
const succeeds = (job: FakeJob) => eventually(() => job.status === 'succeeded', 'it succeeds', 60_000)

/** What the server calls a job that its owner has canceled: the next beat hears it. */
function cancel(job: FakeJob): void {
  job.status = 'canceled'
}

/** Resident memory of the server's process, bytes. */
async function memoryOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) * 1_024
}

/** File handles and timers of this process. */
const handles = () => process.getActiveResourcesInfo().length

function outputOf(box: ComfyBox, job: FakeJob): Uint8Array {
  const file = job.completions[0]?.files.find(({ kind }) => kind === 'output')
  return box.control.stored.get(file?.stagingKey ?? '') ?? new Uint8Array()
}

describe('a worker on a real ComfyUI', { timeout: 180_000 }, () => {
  it('stops a job that is canceled while it samples, and the next one begins', async () => {
    await using box = await openComfyBox({ pixels: 512 * 512, steps: 50 })
    const job = await box.addJob({ key })
    const worker = box.startWorker()
    await sampling(job)

    cancel(job)
    await eventually(async () => (await queued()) === 0, 'ComfyUI is interrupted', 20_000)
    await eventually(() => worker.logs.some((line) => line.includes('"outcome":"dropped"')), 'it is dropped')

    expect(job.completions).toEqual([])
  })

  it('pitfall 10: delivers nothing of a job that is canceled in its last node', async () => {
    await using box = await openComfyBox({ pixels: 512 * 512 })
    const job = await box.addJob({ key })
    const report = box.control.jobs.report.bind(box.control.jobs)
    box.control.jobs.report = (attempt, news) => {
      if (news.stage === 'decoding' && attempt.job === job.id) cancel(job)
      return report(attempt, news)
    }
    const worker = box.startWorker()
    await eventually(() => worker.logs.some((line) => line.includes('attempt ended')), 'it ends', 60_000)
    const next = await box.addJob({ key })
    await succeeds(next)

    // Between the last step and the end there may be no beat: then it was delivered before anybody canceled it.
    expect(job.status === 'canceled' ? job.completions : []).toEqual([])
  })

  it('pitfall 12 and 13: refuses an input that is half a file before ComfyUI sees it', async () => {
    await using box = await openComfyBox()
    const whole = await noisyImage(128, 128)
    const job = await box.addJob({ key, source: whole })
    const [input] = job.claimed.inputs
    if (input) Object.assign(input, { url: box.control.host(whole.subarray(0, whole.length / 2)) })

    box.startWorker()
    await eventually(() => job.status === 'failed', 'it fails', 30_000)

    expect(job.failures[0]).toMatchObject({ code: 'INPUT_UNREADABLE' })
  })

  it.each(['inpaint/sdxl', 'inpaint/sdxl-9ch', 'inpaint/flux-fill'])(
    'pitfall 14 and 15: %s repaints what is white and leaves the rest bit-equal to the work image',
    async (template) => {
      await using box = await openComfyBox()
      const [source, mask] = [await noisyImage(128, 128), await discMask(128, 128)]
      const job = await box.addJob({ key: template, source, mask })

      box.startWorker()
      await succeeds(job)

      const alpha = softenMask(await pixelsOf(mask), 128, 128, { grow: 4, feather: 8 })
      const [before, after] = await Promise.all([pixelsOf(source), pixelsOf(outputOf(box, job))])
      expect(after.length).toBe(before.length)
      const differs = (i: number) => [0, 1, 2].some((channel) => before[i * 3 + channel] !== after[i * 3 + channel])
      const changed = (weight: number) => alpha.reduce((sum, a, i) => sum + (a === weight && differs(i) ? 1 : 0), 0)
      expect(changed(0)).toBe(0)
      expect(changed(255)).toBeGreaterThan(alpha.filter((a) => a === 255).length * 0.9)
    },
  )

  it('pitfall 18: proves one small job per mode at its start', async () => {
    await using box = await openComfyBox()
    const worker = box.startWorker({ prove: true })
    await eventually(() => worker.logs.some((line) => line.includes('"msg":"ready"')), 'it is ready', 150_000)

    const proven = worker.logs.filter((line) => line.includes('"msg":"template proven"'))
    expect(proven.length).toBe(new Set([...box.catalog.keys()].map((name) => name.split('/')[0])).size)
  })

  it('refuses to be the second on one server, and exits', async () => {
    await using box = await openComfyBox()
    const start = async (name: string) => {
      await mkdir(join(box.data, name), { recursive: true })
      return spawn(process.execPath, [join(import.meta.dirname, '../main.ts')], {
        env: {
          PATH: process.env['PATH'],
          FORGE_SERVER_URL: box.control.url,
          FORGE_WORKER_KEY: box.control.key,
          COMFY_URL: box.url,
          WORKER_DATA: join(box.data, name),
          PROVE: 'signatures',
        },
        stdio: 'ignore',
      })
    }
    const first = await start('one')
    try {
      await eventually(() => box.control.calls.get('claim'), 'the first claims', 30_000)
      const second = await start('two')
      expect(await once(second, 'exit')).toEqual([1, null])
      expect(box.control.calls.get('session')).toBe(1)
    } finally {
      first.kill('SIGKILL')
    }
  })

  it(
    'pitfall 19: makes 200 images in a row and leaves nothing behind, in ComfyUI or in itself',
    { timeout: 600_000 },
    async () => {
      await using box = await openComfyBox({ pixels: 4_096, steps: 1 })
      const worker = box.startWorker()
      const make = async (count: number) => {
        const jobs = await Promise.all(Array.from({ length: count }, () => box.addJob({ key })))
        await eventually(() => jobs.every((job) => job.status === 'succeeded'), 'all succeed', 500_000)
        return jobs
      }
      await make(10)
      const before = {
        ids: await historyIds(),
        handles: handles(),
        rss: env.COMFY_PID ? await memoryOf(env.COMFY_PID) : 0,
      }
      const started = performance.now()

      const jobs = await make(190)

      const gpuMs = jobs.reduce((sum, job) => sum + (job.completions[0]?.gpuMs ?? 0), 0)
      const gapMs = (performance.now() - started - gpuMs) / jobs.length
      await eventually(
        () => worker.logs.filter((line) => line.includes('attempt ended')).length === 200,
        'all have ended',
      )
      expect(jobs.every((job) => job.epoch === 1 && job.failures.length === 0)).toBe(true)
      await expect.poll(historyIds).toEqual(before.ids)
      expect(handles()).toBeLessThan(before.handles + 20)
      if (env.COMFY_PID) expect(await memoryOf(env.COMFY_PID)).toBeLessThan(before.rss + 100 * 1_048_576)
      process.stdout.write(`between two images ComfyUI idles ${gapMs.toFixed(0)} ms of which delivery is part\n`)
    },
  )

  it.runIf(env.COMFY_RESTART_CMD)(
    'pitfall 20: survives a ComfyUI that is killed and started again in mid-job',
    async () => {
      await using box = await openComfyBox({ pixels: 512 * 512, steps: 50 })
      const job = await box.addJob({ key })
      box.startWorker()
      await sampling(job)

      const restart = spawn('sh', ['-c', env.COMFY_RESTART_CMD ?? ''], { stdio: 'ignore' })
      expect(await once(restart, 'exit')).toEqual([0, null])
      await eventually(() => job.status === 'succeeded', 'it succeeds', 120_000)

      expect([job.epoch, job.failures]).toEqual([1, []])
    },
  )
})
