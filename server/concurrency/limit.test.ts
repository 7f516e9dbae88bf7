import { setTimeout as wait } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { createLimit } from './limit.ts'

it('never runs more tasks than its width and keeps their order', async () => {
  const limit = createLimit(2)
  const started: number[] = []
  let running = 0
  let peak = 0

  await Promise.all(
    [5, 1, 3, 1, 2].map((ms, index) =>
      limit(async () => {
        started.push(index)
        running += 1
        peak = Math.max(peak, running)
        await wait(ms)
        running -= 1
      }),
    ),
  )

  expect(peak).toBe(2)
  expect(started).toEqual([0, 1, 2, 3, 4])
})

it('frees the place of a failed task', async () => {
  const limit = createLimit(1)

  await expect(limit(() => Promise.reject(new Error('no')))).rejects.toThrow('no')

  expect(await limit(() => Promise.resolve('next'))).toBe('next')
})
