import { setTimeout as wait } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { listen } from './listen.ts'

it('lets a running request finish before it closes', async () => {
  const started = Promise.withResolvers<void>()
  const server = await listen(
    async () => {
      started.resolve()
      await wait(50)
      return new Response('done')
    },
    '127.0.0.1',
    0,
  )

  const answer = fetch(server.url).then((response) => response.text())
  await started.promise
  await server.close(5_000)

  expect(await answer).toBe('done')
  await expect(fetch(server.url)).rejects.toThrow('fetch failed')
})

it('cuts off a request that outlives the deadline', async () => {
  const started = Promise.withResolvers<void>()
  const server = await listen(
    () => {
      started.resolve()
      return new Promise<Response>(() => undefined)
    },
    '127.0.0.1',
    0,
  )

  const answer = fetch(server.url)
  answer.catch(() => undefined)
  await started.promise
  await server.close(50)

  await expect(answer).rejects.toThrow('fetch failed')
})

it('says when its address is taken', async () => {
  const first = await listen(() => new Response(), '127.0.0.1', 0)

  await expect(listen(() => new Response(), '127.0.0.1', Number(new URL(first.url).port))).rejects.toThrow('EADDRINUSE')
  await first.close(0)
})
