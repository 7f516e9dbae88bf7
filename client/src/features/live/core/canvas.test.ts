import { describe, expect, test } from 'vitest'
import { makeJob, makeQueue, noon } from '#client/testing/jobs.ts'
import { canvasState } from './canvas.ts'
import type { CanvasInput } from './canvas.ts'

function stateOf(overrides: Partial<CanvasInput>) {
  return canvasState({
    bench: { kind: 'ready' },
    job: null,
    step: 0,
    dueAt: null,
    now: noon,
    stopping: false,
    finalReady: false,
    ...overrides,
  })
}

describe('without a job', () => {
  test('an empty bench is idle, a filled one is ready', () => {
    expect(stateOf({ bench: { kind: 'empty' } }).kind).toBe('idle')
    expect(stateOf({}).kind).toBe('ready')
  })

  test('a press in flight outranks the job that is being looked at', () => {
    const job = makeJob({ status: 'succeeded' })

    expect(stateOf({ job, bench: { kind: 'uploading', share: 0.4 } })).toEqual({ kind: 'uploading', share: 0.4 })
  })
})

describe('waiting', () => {
  test('no worker online is its own state, not a place in a queue', () => {
    const job = makeJob({ queue: makeQueue({ workersOnline: 0 }) })

    expect(stateOf({ job })).toEqual({ kind: 'no-worker', startingMs: null })
  })

  test('a box on its way is told with the time it needs', () => {
    const job = makeJob({ queue: makeQueue({ workersOnline: 0, startingMs: 90_000 }), waitsFor: 'no_worker' })

    expect(stateOf({ job })).toEqual({ kind: 'no-worker', startingMs: 90_000 })
  })

  test('no worker of ours is no hindrance where a provider will serve it', () => {
    const job = makeJob({ queue: makeQueue({ workersOnline: 0, fallback: true, warm: null }) })

    expect(stateOf({ job })).toMatchObject({ kind: 'queued', ahead: 0, fallback: true })
  })

  test('a job that nothing will start says what it waits for, before anything about workers or turns', () => {
    const queue = makeQueue({ ahead: 3, workersOnline: 0, etaMs: 9_000 })

    for (const waitsFor of ['operator', 'midnight'] as const) {
      expect(stateOf({ job: makeJob({ queue, waitsFor }) })).toEqual({
        kind: 'queued',
        ahead: null,
        wait: { etaMs: null, p90Ms: null, late: false },
        waitsFor,
      })
    }
  })

  test('an estimate that has run out is not said; one that nine of ten keep is told as late', () => {
    const job = makeJob({ queue: makeQueue({ ahead: 2, etaMs: 40_000, p90Ms: 60_000 }) })
    const wait = (dueAt: number) => stateOf({ job, dueAt })

    expect(wait(noon + 9_000)).toMatchObject({ ahead: 2, wait: { etaMs: 9_000, p90Ms: 29_000, late: false } })
    expect(wait(noon - 1)).toMatchObject({ wait: { etaMs: null, p90Ms: 19_999, late: false } })
    expect(wait(noon - 20_000)).toMatchObject({ wait: { etaMs: null, p90Ms: null, late: true } })
  })
})

describe('running', () => {
  const job = makeJob({ status: 'running', stage: 'sampling', steps: 28 })

  test('a cancel is offered below 80 % of the steps and not from there', () => {
    expect(stateOf({ job, step: 22 })).toMatchObject({ kind: 'running', cancelable: true })
    expect(stateOf({ job, step: 23 })).toMatchObject({ kind: 'running', cancelable: false })
  })

  test('decoding and saving are one state', () => {
    expect(stateOf({ job: { ...job, stage: 'decoding' } }).kind).toBe('saving')
    expect(stateOf({ job: { ...job, stage: 'saving' } }).kind).toBe('saving')
  })

  test('a cancel shows at once', () => {
    expect(stateOf({ job, stopping: true }).kind).toBe('stopping')
  })
})

describe('over', () => {
  test('a success is done only when its picture can be painted', () => {
    const job = makeJob({
      status: 'succeeded',
      startedAt: new Date(noon - 17_000).toISOString(),
      finishedAt: new Date(noon).toISOString(),
    })

    expect(stateOf({ job }).kind).toBe('opening')
    expect(stateOf({ job, finalReady: true })).toEqual({ kind: 'done', tookMs: 17_000 })
  })

  test('a failure without a code is ours', () => {
    expect(stateOf({ job: makeJob({ status: 'failed', step: 12 }) })).toEqual({
      kind: 'failed',
      step: 12,
      code: 'INTERNAL',
    })
  })

  test('an end outranks a cancel that came too late', () => {
    expect(stateOf({ job: makeJob({ status: 'succeeded' }), stopping: true, finalReady: true }).kind).toBe('done')
  })
})
