import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { pino } from 'pino'
import { expect, it } from 'vitest'
import { readWakeEnv } from './env.ts'
import { createWakeJob } from './wake-job.ts'

const input = {
  box: 'forge-test-1',
  env: { FORGE_SERVER_URL: 'https://forge.test', FORGE_WORKER_KEY: 'fwk_'.padEnd(30, 'x') },
}

/** The queue as its workers see it: answers the first poll with nothing, the first answer with a failure. */
async function startQueue() {
  const seen: { method: string; url: string; authorization: string; body: string }[] = []
  const count = { takes: 0, answers: 0 }
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const { method = '', url = '', headers } = request
      seen.push({ method, url, authorization: headers.authorization ?? '', body: Buffer.concat(chunks).toString() })
      if (url.startsWith('/take')) {
        count.takes += 1
        return count.takes === 1
          ? response.writeHead(204).end()
          : response.end(JSON.stringify({ id: 'job-1', input, webhook: null }))
      }
      if (url.startsWith('/done')) count.answers += 1
      return response.writeHead(url.startsWith('/done') && count.answers === 1 ? 500 : 200).end()
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const env = readWakeEnv({
    RUNPOD_POD_ID: 'worker-1',
    RUNPOD_AI_API_KEY: 'raw key',
    RUNPOD_WEBHOOK_GET_JOB: `${base}/take/$ID?gpu=4090`,
    RUNPOD_WEBHOOK_POST_OUTPUT: `${base}/done/$RUNPOD_POD_ID/$ID?gpu=4090`,
    RUNPOD_WEBHOOK_PING: `${base}/ping/$RUNPOD_POD_ID`,
    RUNPOD_PING_INTERVAL: '50',
  })
  return { env, seen, [Symbol.dispose]: () => server.close() }
}

it('takes the job that woke it, pings while it runs, and answers once it is taken', async () => {
  using queue = await startQueue()
  const job = await createWakeJob(queue.env, pino({ level: 'silent' }), 10).take(new AbortController().signal)
  expect(job).toMatchObject({ id: 'job-1', ...input })
  const beating = job?.beat()
  await expect
    .poll(() => queue.seen.filter(({ url }) => url === '/ping/worker-1?job_id=job-1').length)
    .toBeGreaterThan(1)
  beating?.stop()
  await job?.finish({ output: { ended: 'drained' } })

  const done = queue.seen.filter(({ url }) => url.startsWith('/done'))
  expect(queue.seen[0]).toMatchObject({ url: '/take/worker-1?gpu=4090&job_in_progress=0', authorization: 'raw key' })
  expect(done).toHaveLength(2)
  expect(done[1]).toMatchObject({
    url: '/done/worker-1/job-1?gpu=4090&isStream=false',
    body: '{"output":{"ended":"drained"}}',
  })
})

it('stops waiting when it is told to, and starts nowhere else than on an endpoint', async () => {
  using queue = await startQueue()
  const job = await createWakeJob(queue.env, pino({ level: 'silent' }), 10).take(AbortSignal.abort())
  expect(job).toBeNull()
  expect(() => readWakeEnv({})).toThrow('not on a RunPod endpoint')
})
