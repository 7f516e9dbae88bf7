import { randomBytes } from 'node:crypto'
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'

import { Client } from 'pg'

import { describeDatabase } from './generate/describe.ts'
import { dumpSchema } from './generate/dump.ts'
import { typesOf } from './generate/types.ts'
import { startPostgres } from './postgres/start.ts'
import { prepareDatabase } from './prepare.ts'

const root = join(import.meta.dirname, '..', '..')
const schemaFile = join(root, 'supabase', 'schema.sql')
const typesFile = join(root, 'shared', 'database.types.ts')

/** Texts of the two generated files, from a database that is made, migrated and thrown away. */
async function generate(): Promise<Map<string, string>> {
  const folder = await mkdtemp(join(tmpdir(), 'forge-generate-'))
  await chmod(folder, 0o711)
  const password = randomBytes(24).toString('base64url')
  try {
    const postgres = await startPostgres({ dataDir: join(folder, 'postgres'), port: 0, password, durable: false })
    try {
      await prepareDatabase(postgres.adminUrl, { migrationsDir: join(root, 'supabase', 'migrations') })
      return await readTexts(postgres.adminUrl)
    } finally {
      await postgres.stop()
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function readTexts(adminUrl: string): Promise<Map<string, string>> {
  const client = new Client({ connectionString: adminUrl })
  await client.connect()
  try {
    return new Map([
      [schemaFile, await dumpSchema(client)],
      [typesFile, typesOf(await describeDatabase(client))],
    ])
  } finally {
    await client.end()
  }
}

const check = process.argv.includes('--check')
const stale: string[] = []
for (const [file, text] of await generate()) {
  if ((await readFile(file, 'utf8').catch(() => null)) === text) continue
  stale.push(relative(root, file))
  if (!check) await writeFile(file, text)
}
const verb = check ? 'out of date (run: npm run generate)' : 'written'
process.stdout.write(stale.length === 0 ? 'generated files are up to date\n' : `${verb}: ${stale.join(', ')}\n`)
if (check && stale.length > 0) process.exitCode = 1
