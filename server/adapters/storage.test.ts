import { expect, it } from 'vitest'
import { readBounded } from './read-bounded.ts'
import { UrlCache } from './url-cache.ts'

it('a download stops at its limit and cancels the rest', async () => {
  let canceled = false
  let pulled = 0
  const endless = new ReadableStream<Uint8Array>({
    pull(controller) {
      pulled += 1
      controller.enqueue(new Uint8Array(1_000))
    },
    cancel() {
      canceled = true
    },
  })

  await expect(readBounded(endless, 2_500)).rejects.toMatchObject({ code: 'FILE_TOO_LARGE', data: { limit: 2_500 } })

  expect(canceled).toBe(true)
  expect(pulled).toBeLessThan(6)
})

it('a download within its limit is whole', async () => {
  const stream = new Blob([new Uint8Array([1, 2, 3]), new Uint8Array([4])]).stream()

  expect([...(await readBounded(stream, 4))]).toEqual([1, 2, 3, 4])
})

it('a signed URL is used again until half an hour before its end, and the oldest make room', () => {
  let now = 0
  const urls = new UrlCache(() => now, 2)
  const hour = 3_600_000
  urls.set('a', { url: 'http://a', expiresAt: hour })

  now = hour / 2 - 1
  expect([urls.has('a'), urls.pick(['a']).get('a')?.url]).toEqual([true, 'http://a'])
  now = hour / 2
  expect(urls.has('a')).toBe(false)

  for (const key of ['b', 'c']) urls.set(key, { url: key, expiresAt: now + hour })
  expect([...urls.pick(['a', 'b', 'c']).keys()]).toEqual(['b', 'c'])
})
