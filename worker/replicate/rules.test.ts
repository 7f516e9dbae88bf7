import { describe, expect, it } from 'vitest'
import type { ProviderOffer } from '#shared/workflows/provider.ts'
import { durationMs } from '#worker/standin/replicate/app.ts'
import { billed } from './billing.ts'
import { findLost } from './find-lost.ts'
import { makeInput, nearestRatio } from './make-input.ts'
import { readSteps, sampledSteps } from './read-logs.ts'
import { retryAfterMs } from './replicate-error.ts'
import { showProgress } from './show-progress.ts'
import { outputUrl } from './take-output.ts'

const api = 'https://api.replicate.com/v1'
const at = '2026-11-23T12:00:00Z'
const made = { id: 'abcdefgh12', created_at: at, status: 'processing' } as const

describe('the log', () => {
  it.each([
    ['a bar with an end', ' 14%|█▍   | 4/28 [00:00<00:02]\r 50%|█████     | 14/28 [00:01<00:01, 10.1it/s]', 14, 28],
    ['a counter without one', 'Using seed: 7\n13it [00:01, 10.1it/s]\r14it [00:01, 10.1it/s]', 14, 19],
    ['a counter past what was expected', '30it [00:03, 10.1it/s]', 19, 19],
  ])('tells the step from %s', (_, logs, step, steps) => {
    expect(readSteps(logs, 19)).toEqual({ step, steps })
  })

  it('tells nothing from words, sizes and other brackets', () => {
    expect(readSteps('Loading 4 items\nsubmit [1/2]\nit [x', 28)).toBeNull()
  })

  it('counts only the steps that a strength leaves', () => {
    expect([sampledSteps(28, 0.675), sampledSteps(28, 1), sampledSteps(28, 0), sampledSteps(28, undefined)]).toEqual([
      19, 28, 1, 28,
    ])
  })
})

it('a bar without steps follows the time, ever slower, below its end', () => {
  const offer = { typicalS: 10 } as ProviderOffer
  const at10 = (s: number) =>
    showProgress(
      { status: 'processing', logs: '' },
      { offer, variant: { steps: 28 } as never, total: null, runningMs: s * 1_000 },
    )

  expect(at10(0)).toEqual({ stage: 'sampling', step: 0, steps: 28, progress: 0.05 })
  expect(at10(5).progress).toBeLessThan(at10(10).progress)
  expect(at10(10_000).progress).toBeCloseTo(0.95)
})

it('a limit says how long in a header, as a date, or in words', () => {
  const now = Date.parse(at)
  expect(retryAfterMs('7', '', now)).toBe(7_000)
  expect(retryAfterMs('Mon, 23 Nov 2026 12:00:05 GMT', '', now)).toBe(5_000)
  expect(retryAfterMs(null, 'Request was throttled. Your rate limit resets in ~30s.', now)).toBe(30_000)
  expect(retryAfterMs(null, 'no hint', now)).toBe(10_000)
  expect(retryAfterMs('86400', '', now)).toBe(120_000)
})

it('only what began is billed', () => {
  const of = (status: 'succeeded' | 'failed' | 'canceled' | 'aborted', started: string | null) =>
    billed({ ...made, status, started_at: started }, 25)
  expect([of('succeeded', at), of('canceled', at), of('failed', at)]).toEqual([25, 25, 25])
  expect([of('aborted', null), of('aborted', at), of('canceled', null), of('failed', null)]).toEqual([0, 0, 0, 0])
})

it('outputs are taken from the provider alone', () => {
  const url = (output: unknown) => outputUrl(output, api).href
  expect(url(['https://replicate.delivery/x/a.png'])).toBe('https://replicate.delivery/x/a.png')
  expect(url('https://pbxt.replicate.delivery/a.png')).toContain('pbxt')
  for (const bad of [
    'http://replicate.delivery/a.png',
    'https://replicate.delivery.evil.com/a.png',
    'https://evilreplicate.delivery/a.png',
    'https://replicate.delivery:8443/a.png',
    'https://169.254.169.254/latest',
    'file:///etc/passwd',
    'data:image/png;base64,AAAA',
    {},
    [],
  ]) {
    expect(() => url(bad)).toThrow(/output/)
  }
})

it('a lost create is known by its file, else by everything that was asked for', async () => {
  const list = (results: unknown[]) => ({ list: () => Promise.resolve({ next: null, results: results as never }) })
  const lost = { model: 'a/b', input: { prompt: 'x', seed: 1 }, marker: null, postedAt: Date.parse(at) }
  const find = (input: object, marker: string | null = null) =>
    findLost(list([{ ...made, model: 'a/b', input }]), { ...lost, marker }, AbortSignal.timeout(1_000))

  expect(await find({ prompt: 'x', seed: 1, more: true })).toMatchObject({ id: made.id })
  expect(await find({ prompt: 'x', seed: 2 })).toBeNull()
  expect(await find({ images: ['f1', 'f2'] }, 'f2')).toMatchObject({ id: made.id })
  expect(await find({ prompt: 'x', seed: 1 }, 'f2')).toBeNull()
})

it('sliders become numbers or words, seeds are cut, and roles share a list in the order of the offer', () => {
  const offer = {
    prompt: {
      field: 'prompt',
      lead: 'Do it.',
      words: [
        { slider: 'chaos', upTo: 100, text: 'wildly' },
        { slider: 'chaos', upTo: 33, text: 'calmly' },
      ],
    },
    images: [
      { role: 'composition', field: 'all', list: true },
      { role: 'style', field: 'all', list: true },
    ],
    seed: { field: 'seed', bits: 31 },
    size: { by: 'ratio', field: 'ratio', ratios: ['1:1', '16:9', '9:16'] },
    sliders: [{ slider: 'creativity', field: 'down', from: 1, to: 0 }],
    fixed: { output_format: 'png' },
  } as unknown as ProviderOffer
  const spec = { prompt: 'a tree', creativity: 25, chaos: 33, seed: String(2n ** 31n + 5n) } as never
  const images = [
    { role: 'style', url: 's' },
    { role: 'composition', url: 'c' },
  ] as const

  expect(makeInput(offer, spec, { files: { images, mask: null }, aspect: 1.7, loraUrl: undefined })).toEqual({
    output_format: 'png',
    prompt: 'Do it. calmly a tree',
    all: ['c', 's'],
    seed: 5,
    ratio: '16:9',
    down: 0.75,
  })
  expect(nearestRatio(['1:1', '9:16'], 0.6)).toBe('9:16')
})

it('deadlines are written as the header takes them', () => {
  expect([durationMs('90s'), durationMs('1m30s'), durationMs('1h'), durationMs('45'), durationMs(undefined)]).toEqual([
    90_000,
    90_000,
    3_600_000,
    45_000,
    null,
  ])
})
