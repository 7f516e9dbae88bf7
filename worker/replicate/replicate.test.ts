import { expect, it } from 'vitest'
import { eventually } from '#worker/testing/bench-box.ts'
import { openProviderBox } from './testing.ts'

const price = 25_000

it('an image is made at the provider, copied at once and handed in as any other, its price booked once', async () => {
  await using box = await openProviderBox()
  const job = await box.addJob()
  const worker = box.start()
  await eventually(() => job.status === 'succeeded', 'it ends')
  await worker.stop()

  const [made] = box.replicate.provider.predictions
  expect(made).toMatchObject({
    model: 'black-forest-labs/flux-dev',
    input: { prompt: 'a rusted cathedral', prompt_strength: 0.675, guidance: 4.1, seed: 7, go_fast: false },
  })
  expect(box.replicate.provider.predictions).toHaveLength(1)
  expect(job.completions).toHaveLength(1)
  expect(box.costs(job)).toEqual([price])
  expect(job.reports.some(({ stage, step, steps }) => stage === 'sampling' && step > 0 && steps === 19)).toBe(true)
  expect(worker.logs.join('')).not.toContain('standin_only_for_tests')
})
