import { expect, test } from 'vitest'

import { readBody, readJson, readText } from './http.ts'

const post = (body: BodyInit, headers: Record<string, string> = {}): Request =>
  new Request('http://127.0.0.1/', { method: 'POST', body, headers, duplex: 'half' } as RequestInit)

test('a body within the limit is read whole', async () => {
  expect((await readBody(post('12345'), 5)).byteLength).toBe(5)
  expect(await readJson(post('{"a":[1]}'), 100)).toEqual({ a: [1] })
  expect(await readJson(post('  '), 100)).toBeUndefined()
})

test('a body beyond the limit is refused without reading on', async () => {
  let pulled = 0
  const endless = new ReadableStream<Uint8Array>({
    pull(controller) {
      pulled++
      controller.enqueue(new Uint8Array(1024))
    },
  })

  await expect(readBody(post(endless), 4096)).rejects.toMatchObject({ status: 413 })
  expect(pulled).toBeLessThan(10)
})

test('a declared length beyond the limit is refused unread', async () => {
  await expect(readBody(post('123', { 'content-length': '999' }), 5)).rejects.toMatchObject({ status: 413 })
})

test('text must be UTF-8 and JSON must parse', async () => {
  await expect(readText(post(new Uint8Array([0xc3, 0x28])), 10)).rejects.toMatchObject({ status: 400 })
  await expect(readJson(post('{'), 10)).rejects.toMatchObject({ status: 400, body: { code: 'PGRST102' } })
})
