import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { Client, Pool } from 'pg'
import { type Postgres, startPostgres } from '#supabase/local/postgres/start.ts'
import { loginUrl } from '#supabase/local/prepare.ts'

/** The database that every part uses, and the frozen copy from which each run begins. */
export const databaseName = 'forge'
const templateName = 'forge_world'

/** One Postgres for a whole batch of runs. */
export type Cluster = {
  port: number
  /** As superuser, on the database in use; survives restarts and replacements. */
  pool: Pool
  adminUrl: string
  password: string
  /** Keeps the database as it is now as the beginning of every run. */
  freeze: () => Promise<void>
  /** Replaces the database by a fresh clone of what was frozen, under everybody's feet. */
  renew: () => Promise<void>
  /** `fast`: transactions are aborted and files written; `immediate`: as in a crash, recovery from the WAL. */
  restart: (how: 'fast' | 'immediate', downMs: number) => Promise<void>
  stop: () => Promise<void>
}

/** Starts Postgres without fsync: a process that crashes loses nothing by that, only a machine would. */
export async function startCluster(folder: string, password: string): Promise<Cluster> {
  const options = { dataDir: join(folder, 'postgres'), password, durable: false }
  let postgres: Postgres = await startPostgres({ ...options, port: 0 })
  const { port } = postgres
  const adminUrl = loginUrl(postgres.adminUrl, 'supabase_admin', databaseName)
  const serverUrl = postgres.adminUrl
  await asServer(serverUrl, (client) => client.query(`create database ${databaseName}`))
  const pool = new Pool({ connectionString: adminUrl, max: 8, application_name: 'chaos' })
  pool.on('error', () => undefined)
  pool.on('connect', (client) => client.on('error', () => undefined))
  let next: Promise<string> | null = null

  /** Made beside the run that is under way, so that the change costs a moment. */
  function prepare(): Promise<string> {
    const name = `next_${randomUUID().slice(0, 8)}`
    const made = asServer(serverUrl, (client) => client.query(`create database ${name} template ${templateName}`))
    const ready = made.then(() => name)
    ready.catch(() => undefined)
    return ready
  }

  return {
    port,
    pool,
    adminUrl,
    password,
    async freeze() {
      await asServer(serverUrl, async (client) => {
        await empty(client, databaseName)
        await client.query(`alter database ${databaseName} rename to ${templateName}`)
        await client.query(`create database ${databaseName} template ${templateName}`)
      })
      next = prepare()
    },
    async renew() {
      // A copy that a restart of Postgres has interrupted is made again.
      const name = await (next ?? prepare()).catch(prepare)
      const old = `old_${randomUUID().slice(0, 8)}`
      await asServer(serverUrl, async (client) => {
        await empty(client, databaseName)
        await client.query(`alter database ${databaseName} rename to ${old}`)
        await client.query(`alter database ${name} rename to ${databaseName}`)
      })
      const dropped = asServer(serverUrl, (client) => client.query(`drop database ${old} with (force)`))
      next = dropped.then(prepare, prepare)
      // Whoever needs it hears of it; a restart of Postgres in between is a fault like others.
      next.catch(() => undefined)
    },
    async restart(how, downMs) {
      const ended = postgres.exited
      process.kill(postgres.pid, how === 'fast' ? 'SIGINT' : 'SIGQUIT')
      await ended
      await wait(downMs)
      postgres = await startPostgres({ ...options, port })
    },
    async stop() {
      await next?.catch(() => undefined)
      await pool.end().catch(() => undefined)
      await postgres.stop()
    },
  }
}

/** Lets nobody in and shows everybody out; what they held of the database's log goes with them. */
async function empty(client: Client, name: string): Promise<void> {
  await client.query(`alter database ${name} allow_connections false`)
  for (;;) {
    await client.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [name])
    const { rows } = await client.query<{ held: number }>(
      `select (select count(*) from pg_stat_activity where datname = $1)::int
        + (select count(*) from pg_replication_slots where database = $1)::int as held`,
      [name],
    )
    if (rows[0]?.held === 0) return
    await wait(10)
  }
}

async function asServer(url: string, work: (client: Client) => Promise<unknown>): Promise<void> {
  const client = new Client({ connectionString: url, application_name: 'chaos' })
  client.on('error', () => undefined)
  await client.connect()
  try {
    await work(client)
  } finally {
    await client.end().catch(() => undefined)
  }
}
