import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { Client } from 'pg'
import { afterEach, beforeEach, expect, test } from 'vitest'

import { isAlive } from './leftover.ts'
import { elsewhere, removeCluster } from './place.ts'
import { startPostgres } from './start.ts'
import type { Postgres, PostgresOptions } from './start.ts'

const password = 'a password of the test'
const isRoot = process.getuid?.() === 0
let folder: string
let dataDir: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'forge-pg-test-'))
  await chmod(folder, 0o711)
  dataDir = join(folder, 'postgres')
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const start = (options: Partial<PostgresOptions> = {}): Promise<Postgres> =>
  startPostgres({ dataDir, port: 0, password, durable: false, ...options })

async function query(url: string, sql: string): Promise<unknown> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query({ text: sql, rowMode: 'array' })).rows.flat()
  } finally {
    await client.end()
  }
}

/** Starts Postgres, says its pid and port, and waits to be killed. */
const holdScript = `
  const [module, dataDir, password] = process.argv.slice(1)
  const { startPostgres } = await import(module)
  const { pid, port } = await startPostgres({ dataDir, port: 0, password, durable: false })
  console.log(JSON.stringify({ pid, port }))
  setInterval(() => {}, 60_000)`

async function holder(): Promise<{ parent: ChildProcess; pid: number; port: number }> {
  const args = ['--input-type=module', '--eval', holdScript, join(import.meta.dirname, 'start.ts'), dataDir, password]
  const parent = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = (await once(parent.stdout, 'data')) as [Buffer]
  return { parent, ...(JSON.parse(line.toString()) as { pid: number; port: number }) }
}

async function until(check: () => boolean): Promise<void> {
  for (const end = Date.now() + 10_000; !check(); await sleep(20)) {
    if (Date.now() > end) throw new Error('not within 10 s')
  }
}

test('data stays between runs and nothing stays running', async () => {
  const first = await start()
  await query(first.adminUrl, 'create table kept as select 42 as n')
  await first.stop()
  expect(isAlive(first.pid)).toBe(false)

  const second = await start()
  const rows = await query(second.adminUrl, 'select n from kept')
  await second.stop()

  expect(rows).toEqual([42])
})

test('it listens on loopback only, wants the password, and is set up for Realtime', async () => {
  const postgres = await start({ durable: true })
  const settings = await query(
    postgres.adminUrl,
    `select setting from pg_settings where name in ('fsync', 'listen_addresses', 'synchronous_commit',
       'unix_socket_directories', 'wal_level') order by name`,
  )
  const wrong = new URL(postgres.adminUrl)
  wrong.password = 'guess'
  const refused = query(wrong.href, 'select 1')

  await expect(refused).rejects.toMatchObject({ code: '28P01' })
  await postgres.stop()
  expect(settings).toEqual(['on', '127.0.0.1', 'on', '', 'logical'])
})

test.runIf(isRoot)('as root it runs under an account that exists already', async () => {
  const postgres = await start()
  const status = await readFile(`/proc/${postgres.pid}/status`, 'utf8').catch(() => '')
  const owner = (await stat(dataDir)).uid
  await postgres.stop()

  expect(owner).not.toBe(0)
  expect(status).toContain(`Uid:\t${owner}\t`)
})

test.runIf(isRoot)(
  'below a folder that only root may enter it puts its files elsewhere, and finds them again',
  async () => {
    await chmod(folder, 0o700)
    const lines: string[] = []
    const first = await start({ log: (line) => lines.push(line) })
    await query(first.adminUrl, 'create table kept as select 7 as n')
    await first.stop()

    const second = await start()
    const rows = await query(second.adminUrl, 'select n from kept')
    await second.stop()
    await removeCluster(dataDir)

    expect(rows).toEqual([7])
    expect(lines.filter((line) => line.includes('database files are in'))).toHaveLength(1)
  },
)

test.runIf(isRoot)('files put elsewhere go when the folder they belong to is gone', async () => {
  await chmod(folder, 0o700)
  const lost = await elsewhere(dataDir)
  await rm(folder, { recursive: true })

  const other = await elsewhere(join(folder, 'other'))

  expect(await stat(lost).catch(() => null)).toBeNull()
  await rm(other, { recursive: true })
})

test('it ends when the process that started it is killed', async () => {
  const { parent, pid } = await holder()

  parent.kill('SIGKILL')

  await until(() => !isAlive(pid))
})

test('a start finds the database of a living process in use', async () => {
  const { parent, pid } = await holder()

  await expect(start()).rejects.toThrow(/in use by process/)

  parent.kill('SIGKILL')
  await until(() => !isAlive(pid))
})

test('a server that outlived its starter is stopped by the next start', async () => {
  const orphan = await start()
  await query(orphan.adminUrl, 'create table kept as select 1 as n')
  await writeFile(join(folder, 'postgres.owner'), '4194303\n')

  const next = await start()

  expect(isAlive(orphan.pid)).toBe(false)
  expect(await query(next.adminUrl, 'select n from kept')).toEqual([1])
  await next.stop()
  await orphan.stop()
})

test('a crashed server recovers what was committed', async () => {
  const crashed = await start()
  await query(crashed.adminUrl, 'create table kept as select 1 as n')
  process.kill(crashed.pid, 'SIGKILL')
  await crashed.exited
  await crashed.stop()

  const next = await start()

  expect(await query(next.adminUrl, 'select n from kept')).toEqual([1])
  await next.stop()
})

test('a pid file whose number now belongs to another program is no obstacle', async () => {
  await (await start()).stop()
  await writeFile(join(dataDir, 'postmaster.pid'), `${process.pid}\n${dataDir}\n`)

  const next = await start()

  await next.stop()
})

test('a port in use is named together with its setting', async () => {
  const taken = createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  const { port } = taken.address() as AddressInfo

  await expect(start({ port })).rejects.toThrow(`Port ${port} is in use by another program; set POSTGRES_PORT`)
  taken.close()
})

test('data of another major version is left alone', async () => {
  await mkdir(dataDir)
  await writeFile(join(dataDir, 'PG_VERSION'), '15\n')

  await expect(start()).rejects.toThrow(/made by Postgres 15 and this is Postgres 17/)
})

test('a folder with other things in it is left alone', async () => {
  await mkdir(dataDir)
  await writeFile(join(dataDir, 'holiday.jpg'), '')

  await expect(start()).rejects.toThrow(/not empty/)
})
