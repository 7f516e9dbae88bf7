import { readFile, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'

import { describeDatabase } from './generate/describe.ts'
import { dumpSchema } from './generate/dump.ts'
import { typesOf } from './generate/types.ts'
import { withScratchDatabase } from './scratch-database.ts'

const root = join(import.meta.dirname, '..', '..')
const schemaFile = join(root, 'supabase', 'schema.sql')
const typesFile = join(root, 'shared', 'database.types.ts')

/** Texts of the two generated files, from a database that is made, migrated and thrown away. */
function generate(): Promise<Map<string, string>> {
  return withScratchDatabase(
    async (client) =>
      new Map([
        [schemaFile, await dumpSchema(client)],
        [typesFile, typesOf(await describeDatabase(client))],
      ]),
  )
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
