import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join as path } from 'node:path'
import { createClient } from '@supabase/supabase-js'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { startApi } from '#supabase/local/api.ts'
import { signToken } from '#supabase/local/auth/tokens.ts'
import type { LocalKeys } from '#supabase/local/context.ts'
import { cloneDatabase } from '#supabase/tests/database.ts'
import type { TestDatabase } from '#supabase/tests/database.ts'
import { collect, eventually, join, makeKeys } from './testing/server.ts'

/** The whole stack with the project's own migrations, as the browser and the worker meet it. */
let database: TestDatabase
let keys: LocalKeys
let api: Awaited<ReturnType<typeof startApi>>
let objectsDir: string

beforeAll(async () => {
  objectsDir = await mkdtemp(path(tmpdir(), 'forge-realtime-'))
  database = await cloneDatabase()
  keys = await makeKeys()
  api = await startApi({ adminUrl: database.url(), keys, port: 0, objectsDir })
})
afterAll(async () => {
  await api.stop()
  await database[Symbol.asyncDispose]()
  await rm(objectsDir, { recursive: true })
})

const options = { auth: { persistSession: false, autoRefreshToken: false } }

test('an anonymous artist hears of a change of the balance on the own channel and cannot join another', async () => {
  const client = createClient(api.url, keys.publishableKey, options)
  const { data } = await client.auth.signInAnonymously()
  const id = data.user?.id ?? ''
  const mine = client.channel(`user:${id}`, { config: { private: true } })
  const received = collect(mine)
  expect(await join(mine)).toEqual({ status: 'SUBSCRIBED' })
  const foreign = client.channel(`user:${randomUUID()}`, { config: { private: true } })
  expect(await join(foreign)).toMatchObject({ status: 'CHANNEL_ERROR' })

  await database.pool.query(
    'insert into public.accounts (owner, balance) values ($1, 5) on conflict (owner) do update set balance = 5',
    [id],
  )

  await eventually(() => received.some(({ event }) => event === 'balance'), 'the balance')
  expect(received[0]?.payload).toMatchObject({ balance: 5, held: 0 })
  await client.realtime.disconnect()
})

test('E07 a worker joins the workers channel with a token of our key, and a revoked one does not', async () => {
  const [key, worker] = [randomUUID(), randomUUID()]
  await database.pool.query(
    `insert into public.worker_keys (id, name, pool, key_hash, trust) values ($1, 'test', 'test', $2, 'own')`,
    [key, key],
  )
  await database.pool.query('insert into public.workers (id, key_id) values ($1, $2)', [worker, key])
  const iat = Math.floor(Date.now() / 1000)
  const token = await signToken(keys, api.url, { sub: worker, role: 'forge_worker', iat, exp: iat + 600 })
  const client = createClient(api.url, keys.publishableKey, { ...options, accessToken: async () => token })
  const workers = client.channel('workers', { config: { private: true } })
  const received = collect(workers)
  expect(await join(workers)).toEqual({ status: 'SUBSCRIBED' })

  await database.pool.query(`select private.send_cancel($1, 3)`, [worker])

  await eventually(() => received.length === 1, 'the cancel')
  expect(received[0]).toMatchObject({ event: 'cancel', payload: { job: worker, epoch: 3 } })
  await client.removeAllChannels()
  await database.pool.query('update public.workers set revoked_at = now() where id = $1', [worker])
  expect(await join(client.channel('workers', { config: { private: true } }))).toMatchObject({
    status: 'CHANNEL_ERROR',
  })
  await client.realtime.disconnect()
})

test('an upgrade that names another host is refused', async () => {
  const url = `${api.url.replace('http', 'ws')}/realtime/v1/websocket?apikey=${keys.publishableKey}`
  const ws = new WebSocket(url, { headers: { host: 'evil.example' } })

  const outcome = await new Promise<string>((resolve) => {
    ws.on('open', () => resolve('open'))
    ws.on('error', () => resolve('refused'))
  })
  ws.terminate()

  expect(outcome).toBe('refused')
})
