import sharp from 'sharp'
import { beforeAll, afterAll, beforeEach, expect, it } from 'vitest'
import { eventually } from '#worker/testing/bench-box.ts'
import type { FakeJob } from '#worker/testing/fake-jobs.ts'
import { noisyImage } from '#worker/testing/images.ts'
import { middleMask } from '#worker/testing/repaint-job.ts'
import { inputOf, openProviderBox, type ProviderBox, type ProviderWorker } from './testing.ts'

const price = 25_000
const untilOver = (job: FakeJob) => eventually(() => ['succeeded', 'failed'].includes(job.status), 'the job ends')

let box: ProviderBox
let worker: ProviderWorker

beforeAll(async () => {
  box = await openProviderBox()
  worker = box.start()
})
afterAll(() => box[Symbol.asyncDispose]())
beforeEach(() => {
  box.replicate.provider.faults.clear()
  box.replicate.provider.predictions.length = 0
})

it('an image is made at the provider, copied at once and handed in as any other, its price booked once', async () => {
  const job = await box.addJob()
  await untilOver(job)

  const [made] = box.replicate.provider.predictions
  expect(made).toMatchObject({
    model: 'black-forest-labs/flux-dev',
    input: { prompt: 'a rusted cathedral', prompt_strength: 0.675, guidance: 4.1, seed: 7, go_fast: false },
  })
  expect(box.replicate.provider.predictions).toHaveLength(1)
  expect(job).toMatchObject({ status: 'succeeded', completions: [{}] })
  expect(box.costs(job)).toEqual([price])
  await eventually(() => box.replicate.provider.files.size === 0, 'its inputs are removed from the provider')
})

it('its token stands in no log, no note and no journal', () => {
  expect(worker.logs.join('')).not.toContain('standin_only_for_tests')
})

it.each([
  ['its own words', { kind: 'throttle', seconds: 0.05, header: false }],
  ['Retry-After', { kind: 'throttle', seconds: 0.05, header: true }],
] as const)('D17 a throttled create is made again after the time that %s say', async (_, fault) => {
  box.arm(fault, fault)
  const job = await box.addJob()
  await untilOver(job)

  expect(job).toMatchObject({ status: 'succeeded', epoch: 1, failures: [] })
  expect(box.replicate.provider.predictions).toHaveLength(1)
})

it.each([
  ['whose answer is lost', { kind: 'create-cut', taken: true }],
  ['that answers 500', { kind: 'create-status', status: 500, taken: true }],
] as const)('D17 a create %s is found again and never repeated', async (_, fault) => {
  box.arm(fault, { kind: 'list-blind', looks: 2 }, { kind: 'list-status', status: 500 })
  const job = await box.addJob()
  await untilOver(job)

  expect(job).toMatchObject({ status: 'succeeded', epoch: 1, completions: [{}] })
  expect(box.replicate.provider.predictions).toHaveLength(1)
  expect(box.costs(job)).toEqual([price])
})

it('D17 errors between two looks are waited out', async () => {
  box.arm(...[500, 502, 503].map((status) => ({ kind: 'get-status', status }) as const))
  const job = await box.addJob()
  await untilOver(job)

  expect(job).toMatchObject({ status: 'succeeded', epoch: 1 })
})

it('D17 a prediction that fails is tried again, and only what ran is booked', async () => {
  box.arm({ kind: 'fail', error: 'CUDA error of theirs' })
  const job = await box.addJob()
  await untilOver(job)

  expect(job).toMatchObject({ status: 'succeeded', failures: [{ code: 'ENGINE_ERROR', retry: true }] })
  expect(box.costs(job)).toEqual([price, price])
  expect(JSON.stringify(job.failures)).not.toContain('of theirs')
})

it('D17 an output that has expired before it was copied is made anew', async () => {
  box.arm({ kind: 'output-status', status: 404 })
  const job = await box.addJob()
  await untilOver(job)

  expect(job).toMatchObject({ status: 'succeeded', failures: [{ code: 'OUTPUT_EMPTY', retry: true }] })
  expect(box.replicate.provider.predictions).toHaveLength(2)
})

it.each([
  ['is cut off', 'OUTPUT_CORRUPT', { kind: 'corrupt' }],
  ['is one colour', 'OUTPUT_EMPTY', { kind: 'blank' }],
  ['is not there', 'ENGINE_ERROR', { kind: 'no-output' }],
  [
    'lies at another host',
    'ENGINE_ERROR',
    { kind: 'output-host', url: 'https://replicate.delivery.example.com/a.png' },
  ],
] as const)('an output that %s is no success', async (_, code, fault) => {
  box.arm(fault)
  const job = await box.addJob()
  await untilOver(job)

  expect(job).toMatchObject({ status: 'succeeded', failures: [{ code, retry: true }] })
})

it('what the filter refuses goes back with its attempts and to no provider again', async () => {
  box.arm({ kind: 'nsfw' })
  const job = await box.addJob()
  await eventually(() => job.releases > 0, 'it is handed back')

  expect(job).toMatchObject({ status: 'queued', refused: true, failures: [] })
  expect(box.costs(job)).toEqual([price])
})

it('where the operator sends everything out, a refusal is final', async () => {
  box.arm({ kind: 'nsfw' })
  const job = await box.addJob({ remote: { reason: 'asked' } })
  await untilOver(job)

  expect(job).toMatchObject({ status: 'failed', failures: [{ code: 'PROVIDER_REFUSED', retry: false }] })
})

it('a cancel stops the prediction, and what had begun is booked', async () => {
  box.arm({ kind: 'hang', step: 3 })
  // Its bar moves by time, so that the next beat, which says that it is over, comes soon.
  const image = await noisyImage(64, 64)
  const job = await box.addJob(await inputOf(box, { mode: 'style', role: 'base', image, more: ['style'] }))
  await eventually(() => job.reports.some(({ stage }) => stage === 'sampling'), 'it samples')
  job.status = 'canceled'
  const held = box.replicate.provider.predictions.at(-1)
  await eventually(() => held?.canceledAt, 'the provider is told')
  await eventually(() => box.costs(job).length > 0, 'it is booked')

  expect(box.costs(job)).toEqual([60_000])
})

it('a repainted image equals the work image outside the mask, to the pixel', async () => {
  const work = await noisyImage(256, 256)
  const job = await box.addJob(
    await inputOf(box, { mode: 'inpaint', role: 'source', image: work, mask: await middleMask(256, 256) }),
  )
  await untilOver(job)
  const output = job.completions[0]?.files.find((file) => file.kind === 'output')
  const made = await sharp(box.control.stored.get(output?.stagingKey ?? ''))
    .removeAlpha()
    .raw()
    .toBuffer()
  const before = await sharp(work).removeAlpha().raw().toBuffer()

  expect(made.subarray(0, 256 * 3 * 40).equals(before.subarray(0, 256 * 3 * 40))).toBe(true)
  expect(made.equals(before)).toBe(false)
})

it('a model that tells no steps moves its bar by time, and never by itself to its end', async () => {
  const image = await noisyImage(64, 64)
  const job = await box.addJob(await inputOf(box, { mode: 'style', role: 'base', image, more: ['style', 'style'] }))
  await untilOver(job)
  const [made] = box.replicate.provider.predictions

  expect(job.status).toBe('succeeded')
  expect(made).toMatchObject({ model: 'black-forest-labs/flux-2-pro', input: { aspect_ratio: '1:1' } })
  expect(made?.input['input_images']).toHaveLength(3)
  expect(made?.input['prompt']).toMatch(/^Repaint image 1 .* a rusted cathedral$/)
  expect(job.reports.filter(({ stage, step }) => stage === 'sampling' && step > 0)).toEqual([])
})
