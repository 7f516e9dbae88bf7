import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join as path } from 'node:path'
import { createClient } from '@supabase/supabase-js'
import { Pool } from 'pg'
import { pino } from 'pino'
import { expect, test } from 'vitest'
import { startPostgres } from '#supabase/local/postgres/start.ts'
import { prepareDatabase } from '#supabase/local/prepare.ts'
import { startRealtime } from './start.ts'
import { collect, eventually, makeKeys, pause, statuses } from './testing/server.ts'

/** A server of its own, because it is stopped half way. */
async function startOwnPostgres() {
  const folder = await mkdtemp(path(tmpdir(), 'forge-realtime-restart-'))
  await chmod(folder, 0o711)
  const options = { dataDir: path(folder, 'postgres'), password: 'local-test', durable: false }
  const first = await startPostgres({ ...options, port: 0 })
  return {
    first,
    /** The state that the control file tells, behind the identifier and two versions; 1 is `DB_SHUTDOWNED`. */
    endedCleanly: async () => (await readFile(path(options.dataDir, 'global', 'pg_control'))).readUInt32LE(16) === 1,
    again: () => startPostgres({ ...options, port: first.port }),
    empty: () => rm(folder, { recursive: true, force: true }),
    migrations: await mkdtemp(path(folder, 'none-')),
  }
}

test('after a restart of Postgres broadcasts and joins work again over the same socket', async () => {
  const postgres = await startOwnPostgres()
  const { adminUrl } = postgres.first
  await prepareDatabase(adminUrl, { migrationsDir: postgres.migrations })
  const admin = new Pool({ connectionString: adminUrl })
  admin.on('error', () => {})
  const http = createServer()
  await new Promise<void>((done) => {
    http.listen(0, '127.0.0.1', done)
  })
  const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`
  const keys = await makeKeys()
  const ctx = { url, keys, admin, adminUrl, asCaller: () => Promise.reject(new Error('unused')), objectsDir: '' }
  const realtime = await startRealtime(ctx, http, { log: pino({ level: 'silent' }) })
  const client = createClient(url, keys.secretKey, { auth: { persistSession: false, autoRefreshToken: false } })
  const channel = client.channel('news', { config: { private: true } })
  const received = collect(channel)
  const seen = statuses(channel)
  await eventually(() => seen.includes('SUBSCRIBED'), 'the join')

  await postgres.first.stop()
  // A stream that acknowledges wrongly would hold the shutdown up until it is forced.
  expect(await postgres.endedCleanly()).toBe(true)
  await pause(300)
  const second = await postgres.again()

  await eventually(async () => {
    await admin.query(`select realtime.send('{}', 'x', 'news')`)
    await pause(50)
    return received.length > 0
  }, 'a broadcast after the restart')
  const other = statuses(client.channel('other', { config: { private: true } }))
  await eventually(() => other.includes('SUBSCRIBED'), 'a join after the restart')
  expect(seen).toEqual(['SUBSCRIBED'])

  await client.realtime.disconnect()
  await realtime.stop()
  http.closeAllConnections()
  http.close()
  await admin.end()
  await second.stop()
  await postgres.empty()
})
