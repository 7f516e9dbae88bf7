import { pino } from 'pino'
import { describe, expect, it, vi } from 'vitest'
import { ForgeError } from '#shared/errors.ts'
import type { FrameMessage } from '#shared/realtime/schema.ts'
import { frameLimits } from '#shared/realtime/topics.ts'
import { noisyImage } from '#worker/testing/images.ts'
import { createFrameStream, timelinePlace } from './frame-stream.ts'
import { persist } from './persist.ts'
import { startReporter, type ReporterOptions } from './reporter.ts'

const log = pino({ level: 'silent' })
const never = new AbortController().signal
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

describe('persist', () => {
  const options = { log, what: 'x', limitMs: 10_000, signal: never }

  it('repeats while they are away and answers what they say in the end', async () => {
    const tell = vi.fn(async () => 'heard')
    tell.mockRejectedValueOnce(new ForgeError('UNAVAILABLE'))

    expect(await persist(tell, options)).toBe('heard')
    expect(tell).toHaveBeenCalledTimes(2)
  })

  it.each([
    ['EPOCH_STALE', 'over'],
    ['JOB_OVER', 'over'],
    ['WORKER_REVOKED', 'revoked'],
  ] as const)('stops at %s', async (code, kind) => {
    const tell = vi.fn(() => Promise.reject(new ForgeError(code)))

    await expect(persist(tell, options)).rejects.toMatchObject({ name: 'JobStop', kind })
    expect(tell).toHaveBeenCalledTimes(1)
  })

  it('passes a refusal of the matter itself on', async () => {
    await expect(persist(() => Promise.reject(new ForgeError('OUTPUT_INVALID')), options)).rejects.toMatchObject({
      code: 'OUTPUT_INVALID',
    })
  })

  it('does not repeat a defect of ours', async () => {
    const tell = vi.fn(() => Promise.reject(new TypeError('undefined is not a function')))

    await expect(persist(tell, options)).rejects.toBeInstanceOf(TypeError)
    expect(tell).toHaveBeenCalledTimes(1)
  })

  it('gives up after its limit, and at once when the signal aborts', async () => {
    const away = () => Promise.reject(new ForgeError('UNAVAILABLE'))

    await expect(persist(away, { ...options, limitMs: -1 })).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    await expect(persist(away, { ...options, signal: AbortSignal.timeout(50) })).rejects.toMatchObject({
      name: 'TimeoutError',
    })
  })
})

describe('startReporter', () => {
  const first = { stage: 'starting', step: 0, steps: 28, progress: 0 } as const
  const reply = (news = {}) => ({
    lease_until: '2026-11-23T00:00:00Z',
    over: false,
    drain: false,
    busy: false,
    ...news,
  })
  const times = { stepMs: 100, beatMs: 150 }
  const start = (send: ReporterOptions['send'], more: Partial<ReporterOptions> = {}) =>
    startReporter(first, { send, onStop: vi.fn(), onDrain: vi.fn(), onBusy: vi.fn(), log, times, ...more })

  it('says at once that it has the job, keeps beating in silence, and stops when closed', async () => {
    const send = vi.fn(async () => reply())
    const reporter = start(send)

    await pause(500)
    await reporter.close()
    const beats = send.mock.calls.length
    await pause(300)

    expect(beats).toBeGreaterThanOrEqual(3)
    expect(send.mock.calls.length).toBe(beats)
  })

  it('writes a change of stage at once and steps at their own pace, the newest alone', async () => {
    const sent: string[] = []
    const reporter = start(async (progress) => (sent.push(`${progress.stage} ${progress.step}`), reply()), {
      times: { stepMs: 250, beatMs: 10_000 },
    })
    await pause(20)
    for (const step of [1, 2, 3, 4]) {
      reporter.update({ ...first, stage: 'sampling', step })
      await pause(20)
    }
    await pause(350)
    await reporter.close()

    expect(sent).toEqual(['starting 0', 'sampling 1', 'sampling 4'])
  })

  it('passes on that the job is over, that the box is to drain, that many jobs run, and that the key is revoked', async () => {
    const onStop = vi.fn()
    const onDrain = vi.fn()
    const onBusy = vi.fn()
    const over = start(async () => reply({ over: true, drain: true, busy: true }), { onStop, onDrain, onBusy })
    const revoked = start(() => Promise.reject(new ForgeError('WORKER_REVOKED')), { onStop })
    await pause(50)
    await Promise.all([over.close(), revoked.close()])

    expect(onStop.mock.calls.map(([kind]) => kind)).toEqual(expect.arrayContaining(['over', 'revoked']))
    expect(onDrain).toHaveBeenCalled()
    expect(onBusy).toHaveBeenCalledWith(true)
  })

  it('A18 asks at once whether the job is still its own when time has jumped, and nothing is handed in meanwhile', async () => {
    const answers = [reply(), reply({ over: true })]
    const send = vi.fn(async () => (await pause(60), answers.shift() ?? reply()))
    const onStop = vi.fn()
    const reporter = start(send, { onStop, times: { stepMs: 10_000, beatMs: 10_000 } })
    await pause(100)
    await reporter.confirmed()

    reporter.recheck()
    await reporter.confirmed()

    expect([send.mock.calls.length, onStop.mock.calls]).toEqual([2, [['over']]])
    await reporter.close()
  })

  it('is not stopped by a database that is away', async () => {
    const onStop = vi.fn()
    const reporter = start(() => Promise.reject(new ForgeError('UNAVAILABLE')), { onStop })
    await pause(50)
    await reporter.close()

    expect(onStop).not.toHaveBeenCalled()
  })
})

describe('createFrameStream', () => {
  it('pitfall 25: sends the newest at most every interval, in rising order, and returns from an offer at once', async () => {
    const sent: FrameMessage[] = []
    const bytes = await noisyImage(64, 64, 'jpeg')
    const stream = createFrameStream(
      (frame) => sent.push(frame),
      () => 100,
    )
    for (let step = 1; step <= 20; step += 1) {
      stream.offer({ mime: 'image/jpeg', bytes, step, steps: 20 })
      await pause(20)
    }
    await pause(150)
    stream.close()

    expect(sent.length).toBeLessThanOrEqual(7)
    expect(sent.at(-1)?.step).toBe(20)
    expect(sent.map((frame) => frame.seq)).toEqual(sent.map((_, index) => index))
  })

  it('pitfall 25: goes by the pace of now, which is half while many jobs run', async () => {
    const send = vi.fn()
    const bytes = await noisyImage(64, 64, 'jpeg')
    let interval = 1
    const stream = createFrameStream(send, () => interval)
    const offer = (step: number) => stream.offer({ mime: 'image/jpeg', bytes, step, steps: 4 })
    for (const step of [1, 2]) {
      offer(step)
      await vi.waitFor(() => expect(send).toHaveBeenCalledTimes(step))
    }
    interval = 60_000
    offer(3)
    await pause(100)
    stream.close()

    expect(send).toHaveBeenCalledTimes(2)
    expect(frameLimits.busyIntervalMs).toBe(2 * frameLimits.minIntervalMs)
  })

  it('keeps at most a dozen frames for the timeline, spread over the steps, oldest first', async () => {
    const stream = createFrameStream(
      () => {},
      () => 10_000,
    )
    for (let step = 1; step <= 28; step += 1) {
      stream.offer({ mime: 'image/jpeg', bytes: Uint8Array.of(step), step, steps: 28 })
    }
    stream.close()

    const kept = stream.kept().map(([step]) => step)
    expect(kept).toHaveLength(frameLimits.timeline)
    expect(kept).toEqual(kept.toSorted((a = 0, b = 0) => a - b))
    expect(kept.at(-1)).toBe(28)
  })

  it('drops a frame that does not decode, and everything after it is closed', async () => {
    const send = vi.fn()
    const stream = createFrameStream(send, () => 1)
    stream.offer({ mime: 'image/jpeg', bytes: Buffer.from('junk'), step: 1, steps: 4 })
    await pause(50)
    stream.close()
    stream.offer({ mime: 'image/jpeg', bytes: await noisyImage(64, 64, 'jpeg'), step: 2, steps: 4 })
    await pause(50)

    expect(send).not.toHaveBeenCalled()
  })
})

describe('timelinePlace', () => {
  it('gives four steps four places and never leaves the dozen', () => {
    expect([1, 2, 3, 4].map((step) => timelinePlace(step, 4))).toEqual([0, 3, 6, 9])
    expect(timelinePlace(0, 0)).toBe(0)
    expect(timelinePlace(99, 4)).toBe(frameLimits.timeline - 1)
  })
})
