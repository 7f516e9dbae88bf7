import { expect, it } from 'vitest'
import { memoFor } from './memo.ts'

it('asks once within the time to live and again after it', async () => {
  let now = 0
  let asked = 0
  const read = memoFor(
    1_000,
    () => now,
    () => Promise.resolve((asked += 1)),
  )

  expect(await Promise.all([read(), read()])).toEqual([1, 1])
  now = 1_000
  expect(await read()).toBe(2)
})

it('forgets a failure at once', async () => {
  let asked = 0
  const read = memoFor(
    1_000,
    () => 0,
    () => ((asked += 1) === 1 ? Promise.reject(new Error('down')) : Promise.resolve(asked)),
  )

  await expect(read()).rejects.toThrow('down')

  expect(await read()).toBe(2)
})
