import { randomBytes, randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { expect, it, onTestFinished } from 'vitest'
import { hashKey } from '#server/services/worker/session.ts'
import { startLiveServer } from '#server/testing/live-server.ts'
import { readEnv } from '#worker/env.ts'
import { startReplicateStandin } from '#worker/standin/replicate/standin.ts'
import { runWorker } from '#worker/start.ts'
import { eventually } from '#worker/testing/bench-box.ts'
import { noisyImage } from '#worker/testing/images.ts'
import { quickTimes } from './testing-times.ts'

const token = 'standin_only_for_tests'

it('D16 no GPU answers: the provider renders, the image says so with how it differs, its price is paid once', async () => {
  const live = await startLiveServer()
  const replicate = await startReplicateStandin({ port: 0, token, stepMs: 4, startMs: 10 })
  const data = await mkdtemp(join(tmpdir(), 'forge-fallback-'))
  const stop = new AbortController()
  const key = `fwk_${randomBytes(24).toString('base64url')}`
  await live.db.pool.query('select public.create_worker_key($1, $2, $3, $4)', [
    'replicate',
    hashKey(key),
    'p',
    'provider',
  ])
  await live.changeSettings(`variants = '{"remix":"schnell"}', fallback_silence_s = 0`)
  const env = readEnv({
    FORGE_SERVER_URL: live.url,
    FORGE_WORKER_KEY: key,
    REPLICATE_API_TOKEN: token,
    REPLICATE_API_URL: replicate.url,
    WORKER_DATA: data,
    POLL_MS: '100',
  })
  const ended = runWorker({ env, log: pino({ level: 'silent' }), graceMs: 50, replicateTimes: quickTimes }, stop.signal)
  onTestFinished(async () => {
    stop.abort()
    await ended
    await replicate.stop()
    await live[Symbol.asyncDispose]()
    await rm(data, { recursive: true, force: true })
  })
  const person = await live.anonymous()
  const bytes = await noisyImage(320, 240, 'jpeg')
  const ticket = await person.api.assets.requestUpload.mutate({ mime: 'image/jpeg', bytes: bytes.byteLength })
  await fetch(ticket.url, { method: 'PUT', headers: ticket.headers, body: new Uint8Array(bytes) })
  const asset = await person.api.assets.confirm.mutate({ uploadId: ticket.uploadId })
  const { jobs } = await person.api.forge.create.mutate({
    requestId: randomUUID(),
    mode: 'remix',
    prompt: 'a rusted cathedral',
    creativity: 60,
    chaos: 30,
    inputs: [{ assetId: asset.id, role: 'base' }],
    purse: 'free',
    expectedPrice: 1,
  })
  const id = jobs[0]?.id ?? ''
  await person.api.account.refuseProvider.mutate({ refused: true })
  await live.changeSettings('provider_fallback = true')
  expect(await person.api.account.provider.query()).toEqual({ refused: true, used: true })
  expect(replicate.provider.predictions).toHaveLength(0)
  await person.api.account.refuseProvider.mutate({ refused: false })

  const view = await eventually(async () => {
    const seen = await person.api.forge.get.query({ id })
    return seen.status === 'queued' || seen.status === 'running' ? null : seen
  }, 'it ends')

  expect(view).toMatchObject({
    status: 'succeeded',
    standIn: true,
    fallback: {
      provider: 'replicate',
      reason: 'silent',
      notes: [expect.stringContaining('FLUX dev'), expect.any(String)],
    },
  })
  expect(view.outputs.map(({ kind }) => kind)).toContain('output')
  expect(replicate.provider.predictions).toHaveLength(1)
  const read = async (sql: string) => (await live.db.pool.query(sql, [id])).rows
  expect(await read('select backend, cost_usd_micros::int as cost from job_attempts where job_id = $1')).toEqual([
    { backend: 'replicate', cost: 25_000 },
  ])
  expect((await live.db.pool.query('select usd_micros::int as spent from spend_days')).rows).toEqual([
    { spent: 25_000 },
  ])
}, 120_000)
