import { describe, expect, test } from 'vitest'
import { makeAsset, makeJob, makeMessage, makeQueue, noon } from '#client/testing/jobs.ts'
import type { JobView } from '#shared/jobs/schema.ts'
import { acceptsFrame, emptyLive, jobsNewestFirst, needsRow, reduceLive, shownStep } from './state.ts'
import type { LiveState } from './state.ts'

function holding(...jobs: JobView[]): LiveState {
  return reduceLive(emptyLive, { type: 'rows', jobs, now: noon })
}

const running = { status: 'running', stage: 'sampling', epoch: 1, version: 5, step: 10 } as const

describe('rows', () => {
  test('an older row changes nothing', () => {
    const job = makeJob({ version: 5, step: 9 })
    const state = holding(job)

    const after = reduceLive(state, { type: 'rows', jobs: [{ ...job, version: 4, step: 3 }], now: noon })

    expect(after.jobs[job.id]?.step).toBe(9)
  })

  test('a row of the same version refreshes the queue', () => {
    const job = makeJob()
    const queue = makeQueue({ etaMs: 5_000 })

    const after = reduceLive(holding(job), { type: 'rows', jobs: [{ ...job, queue }], now: noon })

    expect(after.jobs[job.id]?.queue).toEqual(queue)
    expect(after.dueAt[job.id]).toBe(noon + 5_000)
  })

  test('a finished job never comes back to life, whatever the version says', () => {
    const job = makeJob({ status: 'canceled', version: 5 })

    const after = reduceLive(holding(job), {
      type: 'rows',
      jobs: [{ ...job, status: 'running', version: 9 }],
      now: noon,
    })

    expect(after.jobs[job.id]?.status).toBe('canceled')
  })

  test('a signed address stays until a much younger one comes, whatever the clock of this device says', () => {
    const asset = makeAsset({ kind: 'preview' })
    const job = makeJob({ status: 'succeeded', outputs: [asset] })
    const again = (minutes: number) => {
      const urlExpiresAt = new Date(Date.parse(asset.urlExpiresAt) + minutes * 60_000).toISOString()
      return [{ ...job, outputs: [{ ...asset, url: 'http://objects.test/again', urlExpiresAt }] }]
    }
    const aDayOff = noon - 24 * 3_600_000

    const soon = reduceLive(holding(job), { type: 'rows', jobs: again(3), now: noon })
    const late = reduceLive(holding(job), { type: 'rows', jobs: again(30), now: aDayOff })

    expect(soon.jobs[job.id]?.outputs[0]?.url).toBe(asset.url)
    expect(late.jobs[job.id]?.outputs[0]?.url).toBe('http://objects.test/again')
  })

  test('an estimate ends with the job', () => {
    const job = makeJob()

    const after = reduceLive(holding(job), {
      type: 'rows',
      jobs: [{ ...job, status: 'succeeded', version: 2 }],
      now: noon,
    })

    expect(after.dueAt[job.id]).toBeUndefined()
  })
})

describe('messages', () => {
  test('a newer message moves the row forward', () => {
    const job = makeJob()
    const message = makeMessage(job, { status: 'running', stage: 'sampling', epoch: 1, step: 3 })

    const after = reduceLive(holding(job), { type: 'message', message, now: noon })

    expect(after.jobs[job.id]).toMatchObject({ status: 'running', step: 3, version: 2 })
  })

  test('messages in any order and any number end in the same state', () => {
    const job = makeJob()
    const first = makeMessage(job, { version: 2, status: 'running', epoch: 1, step: 1 })
    const second = makeMessage(job, { version: 3, status: 'running', epoch: 1, step: 2 })
    const play = (messages: (typeof first)[]) =>
      messages.reduce((state, message) => reduceLive(state, { type: 'message', message, now: noon }), holding(job))

    expect(play([second, first, second, first]).jobs).toEqual(play([first, second]).jobs)
  })

  test('nothing moves a finished job', () => {
    const job = makeJob({ status: 'succeeded', version: 8 })

    const message = makeMessage(job, { version: 9, status: 'running' })

    expect(reduceLive(holding(job), { type: 'message', message, now: noon }).jobs).toEqual(holding(job).jobs)
  })

  test('an unknown job, a start and an end ask for the row; a step does not', () => {
    const job = makeJob(running)
    const state = holding(job)

    expect(needsRow(state, makeMessage(makeJob()))).toBe(true)
    expect(needsRow(state, makeMessage(job, { step: 11 }))).toBe(false)
    expect(needsRow(state, makeMessage(job, { status: 'succeeded' }))).toBe(true)
    expect(needsRow(state, makeMessage(job, { version: 1, status: 'succeeded' }))).toBe(false)
  })
})

describe('frames', () => {
  test('only newer frames of the current attempt of a running job are shown', () => {
    const job = makeJob(running)
    const seen = reduceLive(holding(job), {
      type: 'frame',
      job: job.id,
      cursor: { epoch: 1, seq: 4, step: 12 },
      now: noon,
    })

    expect(acceptsFrame(seen, job.id, { epoch: 1, seq: 5, step: 13 })).toBe(true)
    expect(acceptsFrame(seen, job.id, { epoch: 1, seq: 4, step: 12 })).toBe(false)
    expect(acceptsFrame(seen, job.id, { epoch: 2, seq: 9, step: 1 })).toBe(false)
    expect(acceptsFrame(seen, 'someone-else', { epoch: 1, seq: 9, step: 20 })).toBe(false)
  })

  test('a frame after the end is ignored', () => {
    const job = makeJob({ ...running, status: 'canceled' })

    expect(acceptsFrame(holding(job), job.id, { epoch: 1, seq: 1, step: 1 })).toBe(false)
  })

  test('the step shown is the finer of row and preview, and never that of an older attempt', () => {
    const job = makeJob(running)
    const seen = reduceLive(holding(job), {
      type: 'frame',
      job: job.id,
      cursor: { epoch: 1, seq: 1, step: 14 },
      now: noon,
    })

    expect(shownStep(seen, job)).toBe(14)
    expect(shownStep(seen, { ...job, epoch: 2, step: 2 })).toBe(2)
  })
})

test('the list is newest first, images of one press from last to first', () => {
  const old = makeJob({ createdAt: new Date(noon - 60_000).toISOString() })
  const first = makeJob({ ordinal: 0 })
  const second = makeJob({ ordinal: 1 })

  expect(jobsNewestFirst(holding(first, old, second)).map((job) => job.id)).toEqual([second.id, first.id, old.id])
})

test('an id that turns out to exist is no longer absent', () => {
  const job = makeJob()
  const lost = reduceLive(emptyLive, { type: 'absent', id: job.id })

  expect(lost.absent).toEqual([job.id])
  expect(reduceLive(lost, { type: 'rows', jobs: [job], now: noon }).absent).toEqual([])
})
