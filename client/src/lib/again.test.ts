import { expect, test, vi } from 'vitest'
import { again } from './again.ts'

const lost = new TypeError('Failed to fetch')
const refused = Object.assign(new Error(), { data: { forge: { code: 'FILE_TOO_LARGE', data: {} } } })
const atOnce = () => Promise.resolve()

test('what got no answer is tried again', async () => {
  const task = vi.fn<() => Promise<string>>().mockRejectedValueOnce(lost).mockResolvedValueOnce('there')

  expect(await again(task, undefined, atOnce)).toBe('there')
})

test('a refusal is passed on at once', async () => {
  const task = vi.fn<() => Promise<string>>().mockRejectedValue(refused)

  await expect(again(task, undefined, atOnce)).rejects.toBe(refused)
  expect(task).toHaveBeenCalledTimes(1)
})

test('a task that is stopped in a pause is not tried again', async () => {
  const stop = new AbortController()
  const task = vi.fn<() => Promise<string>>().mockRejectedValue(lost)

  await expect(again(task, stop.signal, async () => stop.abort())).rejects.toBe(lost)
  expect(task).toHaveBeenCalledTimes(1)
})

test('a few tries are enough', async () => {
  const task = vi.fn<() => Promise<string>>().mockRejectedValue(lost)

  await expect(again(task, undefined, atOnce)).rejects.toBe(lost)
  expect(task).toHaveBeenCalledTimes(4)
})
