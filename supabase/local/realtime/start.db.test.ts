import { createServer } from 'node:http'
import { Pool } from 'pg'
import { pino } from 'pino'
import { expect, test } from 'vitest'
import { pruneMessages } from './prune.ts'
import { startRealtime } from './start.ts'
import { openRaw } from './testing/raw-socket.ts'
import { eventually, join, startTestServer } from './testing/server.ts'

const log = pino({ level: 'silent' })
const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length

test('stop ends sockets, listeners, timers and the slot', async () => {
  const server = await startTestServer()
  const client = server.client({ token: await server.token() })
  await join(client.channel('open:a', { config: { private: true } }))
  const raw = await openRaw(server)
  raw.ws.pause()
  expect(server.realtime.size()).toEqual({ sockets: 2, channels: 1 })

  await client.realtime.disconnect()
  await server.realtime.stop()

  expect(server.realtime.size()).toEqual({ sockets: 0, channels: 0 })
  expect(server.http.listenerCount('upgrade')).toBe(0)
  const { rows } = await server.postgres.query('select from pg_replication_slots where database = current_database()')
  expect(rows).toEqual([])
  raw.ws.resume()
  raw.ws.terminate()
  // Fails when a client, walsender or slot is still there.
  await server[Symbol.asyncDispose]()
})

test('starting and stopping again leaves no timers behind', async () => {
  const server = await startTestServer()
  const before = timers()
  for (let n = 0; n < 3; n++) {
    // A pool keeps a timer for each idle client, so it must not outlive the measurement.
    const admin = new Pool({ connectionString: server.ctx.adminUrl })
    const again = await startRealtime({ ...server.ctx, admin }, createServer(), { log })
    await again.stop()
    await admin.end()
  }

  await eventually(() => timers() <= before, 'the timers to be gone')
  await server[Symbol.asyncDispose]()
})

test('a database without the bootstrap SQL fails the start', async () => {
  const server = await startTestServer()
  await server.ctx.admin.query('drop publication supabase_realtime_messages_publication')
  await server.realtime.stop()

  await expect(startRealtime(server.ctx, createServer(), { log })).rejects.toThrow('publication')
  await server[Symbol.asyncDispose]()
})

test('messages older than three days are pruned', async () => {
  const server = await startTestServer()
  await server.ctx.admin.query(`
    insert into realtime.messages (topic, extension, inserted_at)
    values ('old', 'broadcast', now() - interval '73 hours'), ('new', 'broadcast', now() - interval '71 hours')`)

  await pruneMessages(server.ctx.admin, log)

  const { rows } = await server.ctx.admin.query('select topic from realtime.messages')
  expect(rows).toEqual([{ topic: 'new' }])
  await server[Symbol.asyncDispose]()
})
