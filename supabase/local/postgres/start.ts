import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { chooseAccount } from './account.ts'
import type { Account } from './account.ts'
import { locateBinaries } from './binaries.ts'
import type { Binaries } from './binaries.ts'
import { ensureCluster, runAs, superuser } from './cluster.ts'
import { clearLeftover, recordOwner } from './leftover.ts'
import { elsewhere, placeOfCluster } from './place.ts'
import { checkPort, freePort } from './ports.ts'
import { serverSettings } from './settings.ts'
import { guardAgainstOrphan, stopPostgres } from './stop.ts'

const readyWithinMs = 60_000

export type PostgresOptions = {
  /** Folder of the database files; kept between runs. */
  dataDir: string
  /** 0 means any free port. */
  port: number
  /** Password of the superuser `supabase_admin`; decided when the files are made. */
  password: string
  /** False only for databases that are thrown away: then a power cut may destroy the files. */
  durable?: boolean
  log?: (line: string) => void
}

export type Postgres = {
  port: number
  pid: number
  /** Connection string of `supabase_admin` to the database `postgres`. */
  adminUrl: string
  /** Fulfils when the server ends, by `stop` or by itself. */
  exited: Promise<void>
  stop: () => Promise<void>
}

/**
 * Starts the bundled Postgres 17 on 127.0.0.1, making its files on the first run. As root it runs under an existing
 * unprivileged account. It ends with this process, even when this process is killed.
 */
export async function startPostgres(options: PostgresOptions): Promise<Postgres> {
  const { password, durable = true, log = () => {} } = options
  const dataDir = resolve(options.dataDir)
  const account = await chooseAccount(dataDir)
  await mkdir(dirname(dataDir), { recursive: true })
  const folder = await placeOfCluster(dataDir, account)
  if (folder !== dataDir) log(`The database files are in ${folder}: ${account?.name} cannot reach ${dataDir}`)
  const binaries = await locateBinaries(account, () => elsewhere(dataDir), log)
  await ensureCluster({ folder, binaries, account, password, durable })
  await clearLeftover(folder, log)
  const attempts = options.port === 0 ? 5 : 1
  for (let attempt = 1; ; attempt++) {
    const port = options.port === 0 ? await freePort() : options.port
    if (options.port !== 0) await checkPort(port, 'POSTGRES_PORT')
    try {
      return await launch({ folder, binaries, account, port, password, durable })
    } catch (error) {
      const taken = error instanceof Error && error.message.includes('could not bind')
      if (!taken || attempt >= attempts) throw error
    }
  }
}

type Launch = {
  folder: string
  binaries: Binaries
  account: Account | null
  port: number
  password: string
  durable: boolean
}

async function launch(options: Launch): Promise<Postgres> {
  const { folder, binaries, account, port, password, durable } = options
  const settings = Object.entries(serverSettings(port, durable)).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const child = spawn(binaries.postgres, ['-D', folder, ...settings], {
    ...runAs(account),
    cwd: folder,
    // Its own process group: Ctrl-C must reach us first, so that the API closes before the database does.
    detached: process.platform !== 'win32',
    stdio: ['ignore', 'ignore', 'pipe'],
    // Nothing of ours: neither secrets nor PG variables.
    ...(process.platform === 'win32' ? {} : { env: { LC_ALL: 'C', PATH: '/usr/bin:/bin' } }),
  })
  const exited = new Promise<void>((done) => {
    child.once('exit', () => done())
    child.once('error', () => done())
  })
  await untilReady(child, port)
  await recordOwner(folder)
  const guard = guardAgainstOrphan(child, account)
  const pid = child.pid ?? 0
  return {
    port,
    pid,
    adminUrl: `postgresql://${superuser}:${encodeURIComponent(password)}@127.0.0.1:${port}/postgres`,
    exited,
    stop: () => stopPostgres({ child, exited, guard, pgCtl: binaries.pgCtl, folder }),
  }
}

async function untilReady(child: ChildProcess, port: number): Promise<void> {
  const lines: string[] = []
  const timer = new AbortController()
  const said = new Promise<void>((done, fail) => {
    child.stderr?.on('data', (chunk: Buffer) => {
      lines.push(...chunk.toString().split('\n').filter(Boolean))
      lines.splice(0, lines.length - 30)
      if (lines.some((line) => line.includes('ready to accept connections'))) done()
    })
    child.once('error', fail)
    child.once('exit', (code) => fail(new Error(`Postgres ended (${code}) on port ${port}: ${lines.join(' | ')}`)))
  })
  const late = sleep(readyWithinMs, undefined, { signal: timer.signal }).then(() => {
    child.kill('SIGQUIT')
    throw new Error(`Postgres was not ready within ${readyWithinMs / 1000} s: ${lines.join(' | ')}`)
  })
  late.catch(() => {})
  try {
    await Promise.race([said, late])
  } finally {
    timer.abort()
  }
}
