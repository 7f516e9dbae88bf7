import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { makeJob, makeMessage } from '#client/testing/jobs.ts'
import type { JobView } from '#shared/jobs/schema.ts'
import { createLiveEngine } from './engine.ts'
import type { LiveIo, SocketEvents } from './engine.ts'

function makeWorld(rows: JobView[]) {
  const reads = { job: [] as string[], recent: 0 }
  const watched: (string | null)[] = []
  const ended: string[] = []
  let events: SocketEvents | null = null
  let broken = false
  const io: LiveIo = {
    fetchJob(id) {
      reads.job.push(id)
      return broken ? Promise.reject(new Error('down')) : Promise.resolve(rows.find((row) => row.id === id) ?? null)
    },
    fetchRecent() {
      reads.recent += 1
      return broken ? Promise.reject(new Error('down')) : Promise.resolve(rows)
    },
    connect(_user, given) {
      events = given
      return Promise.resolve({
        watch: (attempt) => watched.push(attempt ? `${attempt.job}:${attempt.epoch}` : null),
        close: () => undefined,
      })
    },
    onBalance: () => undefined,
    onEnded: (job) => ended.push(job.id),
    isVisible: () => true,
    isSlow: () => false,
    random: () => 0.5,
  }
  const engine = createLiveEngine(io)
  return {
    engine,
    io,
    rows,
    reads,
    watched,
    ended,
    socket: () => {
      if (!events) throw new Error('no socket yet')
      return events
    },
    breakServer: (value: boolean) => {
      broken = value
    },
  }
}

const running = { status: 'running', stage: 'sampling', epoch: 1, version: 5, step: 10 } as const

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

describe('reading', () => {
  test('re-reads everything after every subscribe', async () => {
    const world = makeWorld([])
    world.engine.start('me')
    await vi.advanceTimersByTimeAsync(0)
    const before = world.reads.recent

    world.socket().subscribed()
    await vi.advanceTimersByTimeAsync(1_000)

    expect(world.reads.recent).toBe(before + 1)
    world.engine.stop()
  })

  test('a line that is lost again and again does not put the next look off', async () => {
    const job = makeJob(running)
    const world = makeWorld([job])
    world.engine.start('me')
    await vi.advanceTimersByTimeAsync(0)
    world.socket().subscribed()
    await vi.advanceTimersByTimeAsync(1_000)
    const before = world.reads.job.length

    for (let times = 0; times < 3; times += 1) {
      world.socket().lost()
      await vi.advanceTimersByTimeAsync(1_000)
    }

    expect(world.reads.job.length).toBe(before + 1)
    world.engine.stop()
  })

  test('a finished job on the canvas is read again before its addresses end, though no list names it', async () => {
    const job = makeJob({ status: 'succeeded' })
    const world = makeWorld([job])
    world.io.fetchRecent = () => Promise.resolve([])
    world.engine.start('me')
    world.engine.watch(job.id)
    await vi.advanceTimersByTimeAsync(60_000)
    const before = world.reads.job.length

    await vi.advanceTimersByTimeAsync(15 * 60_000)
    expect(world.reads.job.length - before).toBe(0)
    await vi.advanceTimersByTimeAsync(10 * 60_000)

    expect(world.reads.job.length - before).toBe(1)
    world.engine.stop()
  })

  test('polls a running job every 2 s while there is no socket, and stops when stopped', async () => {
    const job = makeJob(running)
    const world = makeWorld([job])
    world.engine.start('me')
    await vi.advanceTimersByTimeAsync(0)
    const before = world.reads.job.length

    await vi.advanceTimersByTimeAsync(6_100)
    expect(world.reads.job.length - before).toBe(3)
    world.engine.stop()
    await vi.advanceTimersByTimeAsync(60_000)

    expect(world.reads.job.length - before).toBe(3)
    expect(world.engine.state.get().jobs).toEqual({})
  })

  test('a first list that nobody answered is asked for again within seconds, though nothing is known to be open', async () => {
    const world = makeWorld([makeJob()])
    world.breakServer(true)
    world.engine.start('me')
    await vi.advanceTimersByTimeAsync(0)
    world.socket().subscribed()
    await vi.advanceTimersByTimeAsync(100)
    world.breakServer(false)

    await vi.advanceTimersByTimeAsync(2_200)

    expect(Object.keys(world.engine.state.get().jobs)).toHaveLength(1)
    world.engine.stop()
  })

  test('a wake during a look is not put off to the next poll', async () => {
    const world = makeWorld([])
    world.engine.start('me')
    world.engine.wake()

    await vi.advanceTimersByTimeAsync(1_000)

    expect(world.reads.recent).toBe(2)
    world.engine.stop()
  })

  test('two misses in a row are told, and the first answer takes it back', async () => {
    const world = makeWorld([makeJob(running)])
    world.engine.start('me')
    await vi.advanceTimersByTimeAsync(0)
    world.breakServer(true)
    await vi.advanceTimersByTimeAsync(2_100)
    expect(world.engine.reachable.get()).toBe(true)
    await vi.advanceTimersByTimeAsync(2_100)
    expect(world.engine.reachable.get()).toBe(false)

    world.breakServer(false)
    await vi.advanceTimersByTimeAsync(2_100)

    expect(world.engine.reachable.get()).toBe(true)
    world.engine.stop()
  })

  test('an answer for the user before is dropped', async () => {
    const world = makeWorld([makeJob()])
    world.engine.start('guest')
    world.engine.start('member')
    world.engine.stop()

    await vi.advanceTimersByTimeAsync(100)

    expect(world.engine.state.get().jobs).toEqual({})
  })
})

describe('messages', () => {
  test('an end is fetched for its pictures and told once', async () => {
    const job = makeJob(running)
    const world = makeWorld([job])
    world.engine.start('me')
    await vi.advanceTimersByTimeAsync(0)
    world.rows[0] = { ...job, status: 'succeeded', version: 6 }

    world.socket().job(makeMessage(job, { status: 'succeeded' }))
    world.socket().job(makeMessage(job, { status: 'succeeded' }))
    await vi.advanceTimersByTimeAsync(0)

    expect(world.ended).toEqual([job.id])
    expect(world.reads.job).toContain(job.id)
    world.engine.stop()
  })

  test('previews of the watched job follow its attempt', async () => {
    const job = makeJob(running)
    const world = makeWorld([job])
    world.engine.watch(job.id)
    world.engine.start('me')
    await vi.advanceTimersByTimeAsync(0)
    expect(world.watched.at(-1)).toBe(`${job.id}:1`)

    world.socket().job(makeMessage(job, { epoch: 2, step: 0 }))

    expect(world.watched.at(-1)).toBe(`${job.id}:2`)
    world.engine.stop()
  })
})

test('only accepted frames reach the canvas', async () => {
  const job = makeJob(running)
  const world = makeWorld([job])
  const painted: number[] = []
  world.engine.watch(job.id)
  world.engine.follow((_job, _epoch, frame) => painted.push(frame.seq))
  world.engine.start('me')
  await vi.advanceTimersByTimeAsync(0)
  const frame = (seq: number) => ({ seq, step: seq, steps: 28, mime: 'image/webp' as const, data: '' })

  for (const seq of [3, 1, 3, 4]) world.socket().frame(job.id, 1, frame(seq))
  world.socket().frame(job.id, 2, frame(9))

  expect(painted).toEqual([3, 4])
  world.engine.stop()
})
