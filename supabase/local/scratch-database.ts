import { randomBytes } from 'node:crypto'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { Client } from 'pg'

import { startPostgres } from './postgres/start.ts'
import { prepareDatabase } from './prepare.ts'

/** Gives `run` a superuser's connection to a database that is made, migrated and thrown away. */
export async function withScratchDatabase<T>(run: (client: Client) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'forge-scratch-'))
  // As root the server runs under another account, which must be able to enter.
  await chmod(folder, 0o711)
  const password = randomBytes(24).toString('base64url')
  try {
    const postgres = await startPostgres({ dataDir: join(folder, 'postgres'), port: 0, password, durable: false })
    try {
      await prepareDatabase(postgres.adminUrl, { migrationsDir: join(import.meta.dirname, '../migrations') })
      return await withClient(postgres.adminUrl, run)
    } finally {
      await postgres.stop()
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function withClient<T>(connectionString: string, run: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString })
  await client.connect()
  try {
    return await run(client)
  } finally {
    await client.end()
  }
}
