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

    expect(stateOf({ job }).kind).toBe('no-worker')
  })

  test('a job that nothing will start says what it waits for, before anything about workers or turns', () => {
    const queue = makeQueue({ ahead: 3, workersOnline: 0, etaMs: 9_000 })

    for (const waitsFor of ['operator', 'midnight'] as const) {
      expect(stateOf({ job: makeJob({ queue, waitsFor }) })).toEqual({
        kind: 'queued',
        ahead: null,
        etaMs: null,
        waitsFor,
      })
    }
  })

  test('an estimate that has run out is not said', () => {
    const job = makeJob()

    expect(stateOf({ job, dueAt: noon + 9_000 })).toMatchObject({ kind: 'queued', ahead: 2, etaMs: 9_000 })
    expect(stateOf({ job, dueAt: noon - 1 })).toMatchObject({ kind: 'queued', etaMs: null })
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
