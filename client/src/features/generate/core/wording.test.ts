import { describe, expect, test } from 'vitest'
import { makeQueue, makeQuote, noon } from '#client/testing/jobs.ts'
import { fireView, mostNow, paintedPrice } from './wording.ts'
import type { FireInput } from './wording.ts'

function view(overrides: Partial<FireInput>) {
  return fireView({
    quote: makeQuote(),
    missing: null,
    unavailable: null,
    preparing: false,
    phase: 'idle',
    count: 1,
    running: 0,
    queued: 0,
    ...overrides,
  })
}

const credits = makeQuote({
  purse: 'credits',
  price: 2,
  limits: { ...makeQuote().limits, credits: { balance: 48, held: 0 } },
})

describe('the button', () => {
  test('of a mode that cannot run says why and cannot be pressed', () => {
    const why = 'No model for this mode is installed here.'
    expect(view({ unavailable: why })).toMatchObject({ label: 'Not available here', disabled: true, left: why })
  })

  test('names purse and price, and what is left after', () => {
    expect(view({})).toMatchObject({ label: 'Generate', price: '1 free', disabled: false })
    expect(view({})).toMatchObject({ right: { text: 'after this:', number: '6' } })
    expect(view({ quote: credits })).toMatchObject({ price: '2 credits', right: { number: '46' } })
  })

  test('says what is missing before it can be pressed', () => {
    expect(view({ missing: 'Add an image first' })).toMatchObject({ label: 'Add an image first', disabled: true })
    expect(view({ quote: null })).toMatchObject({ disabled: true, price: null })
  })

  test('cannot be pressed twice', () => {
    for (const phase of ['signing-in', 'uploading', 'creating', 'retrying'] as const) {
      expect(view({ phase })).toMatchObject({ kind: 'button', disabled: true, price: null })
    }
  })

  test('queues another while something is in work', () => {
    expect(view({ running: 1, queued: 1 })).toMatchObject({ label: 'Queue another', left: '1 running, 1 queued' })
  })

  test('says plainly that no worker is online', () => {
    expect(view({ quote: makeQuote({ queue: makeQueue({ ahead: null, workersOnline: 0 }) }) })).toMatchObject({
      left: 'No worker online',
      note: 'What you press waits in the queue for one.',
      disabled: false,
    })
  })

  test('says how long it takes, how sure that is and whether the model is there, from what was measured', () => {
    const measured = makeQuote({ queue: makeQueue({ ahead: 3, etaMs: 40_000, p90Ms: 120_000, warm: true }) })
    expect(view({ quote: measured })).toMatchObject({
      left: '3 images ahead, about 40 s',
      note: 'Model warm. Nine in ten within 2 min.',
    })
    expect(view({ quote: makeQuote({ queue: makeQueue({ ahead: 0, etaMs: 9_000, warm: false }) }) })).toMatchObject({
      left: 'About 9 s',
      note: 'Model loads first.',
    })
    const sure = makeQuote({ queue: makeQueue({ ahead: 0, etaMs: 9_000, p90Ms: 9_100, warm: true }) })
    expect(view({ quote: sure })).toMatchObject({ note: 'Model warm.' })
    const unknown = makeQueue({ ahead: 0, etaMs: null, p90Ms: null, warm: null })
    expect(view({ quote: makeQuote({ queue: unknown }) })).toMatchObject({ left: '1 free image each', note: '' })
  })

  test('says nothing of the wait while the bench lacks something', () => {
    const quote = makeQuote({ queue: makeQueue({ ahead: 0, etaMs: null, warm: false }) })
    expect(view({ quote, missing: 'Add an image first' })).toMatchObject({ note: '' })
  })

  test('says that a box is starting, or that a provider renders it', () => {
    const starting = makeQueue({ ahead: null, workersOnline: 0, startingMs: 90_000 })
    expect(view({ quote: makeQuote({ queue: starting }) })).toMatchObject({
      left: expect.stringMatching(/^Starting a worker, about /),
    })
    const provider = makeQueue({ workersOnline: 0, fallback: true })
    expect(view({ quote: makeQuote({ queue: provider }) })).toMatchObject({
      left: 'Rendered by a provider',
      note: 'No GPU of ours is free right now.',
    })
  })

  test('says what is saved on today when it touches this press', () => {
    const saving = (saved: 'free_size' | 'boxes_drained') => ({ ...makeQuote().limits, saving: saved })
    expect(view({ quote: makeQuote({ limits: saving('free_size') }) })).toMatchObject({
      note: expect.stringMatching(/a little smaller/),
    })
    expect(view({ quote: makeQuote({ purse: 'credits', limits: saving('free_size') }) })).not.toMatchObject({
      note: expect.stringMatching(/smaller/),
    })
    expect(view({ quote: makeQuote({ limits: saving('boxes_drained') }) })).toMatchObject({
      note: expect.stringMatching(/spent/),
    })
  })

  test('gives way to a panel when today’s free images are given out for everyone', () => {
    expect(view({ quote: makeQuote({ refusal: 'FREE_PAUSED' }) })).toMatchObject({ kind: 'limit', everyone: true })
  })

  test('warns at the last free one', () => {
    const base = makeQuote()
    const quote = makeQuote({ limits: { ...base.limits, free: { ...base.limits.free, left: 1 } } })

    expect(view({ quote })).toMatchObject({ right: { text: 'last free one today' } })
  })
})

describe('a limit', () => {
  test('that fewer images would meet says how many are left', () => {
    const base = makeQuote()
    const limits = { ...base.limits, free: { ...base.limits.free, left: 3 } }

    expect(view({ count: 4, quote: makeQuote({ refusal: 'FREE_LIMIT_REACHED', price: 4, limits }) })).toMatchObject({
      kind: 'few',
      left: 3,
      price: 4,
      makes: 3,
    })
  })

  test('replaces the button with the time of the reset', () => {
    const base = makeQuote()
    const limits = { ...base.limits, free: { ...base.limits.free, left: 0 } }

    expect(view({ quote: makeQuote({ refusal: 'FREE_LIMIT_REACHED', limits }) })).toEqual({
      kind: 'limit',
      resetsAt: new Date(noon + 12 * 3_600_000).toISOString(),
      shared: false,
    })
  })

  test('of credits says how many there are', () => {
    expect(view({ quote: { ...credits, refusal: 'PURSE_EMPTY', price: 60 } })).toMatchObject({
      kind: 'credits',
      balance: 48,
      price: 60,
    })
  })

  test('that only the operator can lift disables the button and says why', () => {
    expect(view({ quote: makeQuote({ refusal: 'INTAKE_PAUSED' }) })).toMatchObject({
      label: 'Paused for maintenance',
      disabled: true,
    })
  })
})

test('what is sent is what was painted', () => {
  expect(paintedPrice(credits)).toEqual({ purse: 'credits', expectedPrice: 2 })
})

describe('the most images of one press', () => {
  const left = (free: number, open = 0) =>
    makeQuote({
      limits: { ...makeQuote().limits, free: { ...makeQuote().limits.free, left: free }, jobs: { open, cap: 4 } },
    })

  test('are what the purse pays and what has a place, with the reason', () => {
    expect(mostNow(left(2), 1, 4)).toEqual({ count: 2, reason: '2 free images left today.' })
    expect(mostNow(left(9, 3), 1, 4)).toEqual({ count: 1, reason: 'Room for 1 more right now.' })
    const paid = { ...credits, limits: { ...credits.limits, credits: { balance: 6, held: 0 } } }
    expect(mostNow(paid, 1, 4)).toEqual({ count: 3, reason: 'Your credits make 3 images.' })
  })

  test('need no reason while four can be made, or none', () => {
    expect(mostNow(left(7), 1, 4)).toBeNull()
    expect(mostNow(left(0), 1, 4)).toBeNull()
  })
})
