import { randomBytes } from 'node:crypto'
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { Client } from 'pg'
import type { TestProject } from 'vitest/node'

import { isAlive } from '../local/postgres/leftover.ts'
import { startPostgres } from '../local/postgres/start.ts'
import { loginUrl, prepareDatabase } from '../local/prepare.ts'

/** What every database test file is cloned from: bootstrap and migrations, no rows of ours. */
const templateName = 'forge_template'
const folderPrefix = 'forge-db-test-'

declare module 'vitest' {
  // oxlint-disable-next-line typescript/consistent-type-definitions -- only an interface can be added to
  interface ProvidedContext {
    /** `supabase_admin` on the database `postgres`. */
    adminUrl: string
    templateName: string
  }
}

/** Starts one Postgres for all `*.db.test.ts` files, builds the template database, and stops it after the last. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  await sweepLeftFolders()
  const folder = await mkdtemp(join(tmpdir(), `${folderPrefix}${process.pid}-`))
  // As root the server runs under another account, which must be able to enter.
  await chmod(folder, 0o711)
  const password = randomBytes(24).toString('base64url')
  const postgres = await startPostgres({ dataDir: join(folder, 'postgres'), port: 0, password, durable: false })
  const teardown = async (): Promise<void> => {
    await postgres.stop()
    await rm(folder, { recursive: true, force: true })
  }
  try {
    await buildTemplate(postgres.adminUrl)
  } catch (error) {
    await teardown()
    throw error
  }
  project.provide('adminUrl', postgres.adminUrl)
  project.provide('templateName', templateName)
  return teardown
}

async function buildTemplate(adminUrl: string): Promise<void> {
  const client = new Client({ connectionString: adminUrl })
  await client.connect()
  try {
    await client.query(`create database ${templateName}`)
    const migrationsDir = join(import.meta.dirname, '..', 'migrations')
    const url = loginUrl(adminUrl, 'supabase_admin', templateName)
    await prepareDatabase(url, { migrationsDir })
    await client.query(`alter database ${templateName} is_template true`)
  } finally {
    await client.end()
  }
}

/** A run that was killed could not delete its files. */
async function sweepLeftFolders(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const pid = new RegExp(`^${folderPrefix}(\\d+)-`).exec(name)?.[1]
    if (pid !== undefined && !isAlive(Number(pid))) await rm(join(tmpdir(), name), { recursive: true, force: true })
  }
}
