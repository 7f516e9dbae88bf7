import { randomUUID } from 'node:crypto'
import { Client } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { collect, eventually, join, pause, startTestServer, statuses } from './testing/server.ts'
import type { TestServer } from './testing/server.ts'

let server: TestServer

beforeAll(async () => {
  server = await startTestServer()
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
})

const slots = `select slot_name, temporary, active_pid from pg_replication_slots where database = current_database()`
type Slot = { slot_name: string; temporary: boolean; active_pid: number }

async function slotsOf(): Promise<Slot[]> {
  return (await server.postgres.query<Slot>(slots)).rows
}

/** `postgres` may not end a superuser's backend. */
async function killStream(pid: number): Promise<void> {
  const client = new Client({ connectionString: server.ctx.adminUrl })
  await client.connect()
  await client.query('select pg_terminate_backend($1)', [pid])
  await client.end()
}

async function openNews() {
  const channel = server.client().channel(randomUUID(), { config: { broadcast: { replication_ready: true } } })
  const system: { status: string; message: string }[] = []
  channel.on('system', {}, (message) => system.push(message as (typeof system)[number]))
  return { name: channel.subTopic, channel, received: collect(channel), system }
}

test('one temporary slot holds the stream', async () => {
  expect(await slotsOf()).toMatchObject([{ temporary: true }])
})

test('the stream comes back after its backend was terminated, and sockets stay open', async () => {
  const { name, channel, received } = await openNews()
  const seen = statuses(channel)
  await eventually(() => seen.includes('SUBSCRIBED'), 'the join')
  const before = await slotsOf()

  await killStream(before[0]?.active_pid ?? 0)
  await eventually(async () => {
    const now = await slotsOf()
    return now.length === 1 && now[0]?.slot_name !== before[0]?.slot_name
  }, 'a new slot')
  await eventually(async () => {
    await server.postgres.query(`select realtime.send('{}', 'x', $1, false)`, [name])
    await pause(20)
    return received.length > 0
  }, 'a broadcast over the new stream')

  expect(seen).toEqual(['SUBSCRIBED'])
})

test('a channel that asks is told when the stream is ready', async () => {
  const { channel, system } = await openNews()

  expect(await join(channel)).toEqual({ status: 'SUBSCRIBED' })

  await eventually(() => system.length === 1, 'the system message')
  expect(system[0]).toMatchObject({ extension: 'system', status: 'ok', message: 'Replication connection established' })
})

test('each broadcast reaches the callback by itself, without another one behind it', async () => {
  const { name, channel, received } = await openNews()
  await join(channel)
  for (let n = 0; n < 20; n++) {
    await server.postgres.query(`select realtime.send('{}', 'x', $1, false)`, [name])
    await eventually(() => received.length > n, 'the broadcast')
  }

  expect(received).toHaveLength(20)
})
