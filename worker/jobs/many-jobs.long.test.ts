import { expect, it } from 'vitest'
import { eventually, openBox } from '#worker/testing/bench-box.ts'

it('a hundred jobs of a few milliseconds each: every one is answered, none runs twice', async () => {
  await using box = await openBox({ stepMs: 1, loadMs: 1 })
  const seed = await box.addJob()
  const more = await Promise.all(Array.from({ length: 99 }, () => box.addJob({ inputs: seed.claimed.inputs })))

  box.startWorker()
  await eventually(() => [seed, ...more].every((job) => job.status === 'succeeded'), 'all succeed', 120_000)

  expect([...box.comfy.machine.accepted.values()]).toEqual(Array.from({ length: 100 }, () => 1))
})
