import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import process from 'node:process'
import { forbiddenStatements } from './migration-rules.ts'

const folder = path.resolve(import.meta.dirname, '../migrations')
const files = (await readdir(folder)).filter((name) => name.endsWith('.sql')).toSorted()
const found: string[] = []
for (const file of files) {
  const sql = await readFile(path.join(folder, file), 'utf8')
  found.push(...forbiddenStatements(sql).map((statement) => `${file}: ${statement}`))
}
for (const line of found) process.stderr.write(`${line}\n`)
if (found.length > 0)
  process.stderr.write(
    'A hosted project refuses these; its auth, storage and realtime objects are not ours to change.\n',
  )
process.exit(found.length === 0 && files.length > 0 ? 0 : 1)
