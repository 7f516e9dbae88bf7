import { access } from 'node:fs/promises'
import { join, resolve } from 'node:path'

import type { Logger } from 'pino'

import { startApi } from './api.ts'
import type { AuthSettings } from './auth/settings.ts'
import type { LocalKeys } from './context.ts'
import { loadKeys } from './keys.ts'
import { startPostgres } from './postgres/start.ts'
import { loginUrl, prepareDatabase } from './prepare.ts'

export { startApi } from './api.ts'

const supabaseDir = join(import.meta.dirname, '..')

export type LocalSupabaseOptions = {
  /** Folder of everything that persists: keys, database files, stored objects. */
  dataDir: string
  /** 0 means any free port; so for `postgresPort`. */
  apiPort: number
  postgresPort: number
  /** Whether supabase/seed.sql is applied after the migrations, when there is one. */
  seed: boolean
  auth?: Partial<AuthSettings>
  log?: Logger
}

export type LocalSupabase = {
  url: string
  /** The database as the non-superuser `postgres`, for tools. */
  databaseUrl: string
  /** The database as the internal superuser `supabase_admin`. */
  adminUrl: string
  keys: LocalKeys
  /** Fulfils when Postgres ends, by `stop` or by itself. */
  exited: Promise<void>
  stop: () => Promise<void>
}

/** Starts Postgres, brings its database up to date and serves the API. What it started it stops when a step fails. */
export async function startLocalSupabase(options: LocalSupabaseOptions): Promise<LocalSupabase> {
  const { log } = options
  const dataDir = resolve(options.dataDir)
  const keys = await loadKeys(dataDir)
  const postgres = await startPostgres({
    dataDir: join(dataDir, 'postgres'),
    port: options.postgresPort,
    password: keys.databasePassword,
    log: (line) => log?.info(line),
  })
  const { adminUrl } = postgres
  try {
    const seed = options.seed ? await seedFile() : null
    await prepareDatabase(adminUrl, {
      migrationsDir: join(supabaseDir, 'migrations'),
      ...(seed === null ? {} : { seed }),
    })
    const api = await startApi({
      adminUrl,
      keys,
      port: options.apiPort,
      objectsDir: join(dataDir, 'objects'),
      ...(options.auth === undefined ? {} : { auth: options.auth }),
      ...(log === undefined ? {} : { log }),
    })
    return {
      url: api.url,
      databaseUrl: loginUrl(adminUrl, 'postgres'),
      adminUrl,
      keys,
      exited: postgres.exited,
      async stop() {
        await api.stop()
        await postgres.stop()
      },
    }
  } catch (error) {
    await postgres.stop()
    throw error
  }
}

async function seedFile(): Promise<string | null> {
  const file = join(supabaseDir, 'seed.sql')
  return access(file).then(
    () => file,
    () => null,
  )
}
