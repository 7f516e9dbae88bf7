import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { addBatch, type ChaosRecord, tableOf } from './report.ts'
import type { RunResult } from './run.ts'

const file = join(import.meta.dirname, 'record.json')
const readme = join(import.meta.dirname, 'README.md')
const part = /(<!-- written by npm run chaos -->\n)[^]*?(<!-- end -->)/

/** Adds a batch to the record and to the README beside it. */
export async function writeBatch(results: readonly RunResult[]): Promise<void> {
  if (results.length === 0) return
  const before = await readFile(file, 'utf8').then(
    (text) => JSON.parse(text) as ChaosRecord,
    () => null,
  )
  const record = addBatch(before, results, new Date().toISOString().slice(0, 10))
  await writeFile(file, `${JSON.stringify(record, null, 2)}\n`)
  const text = await readFile(readme, 'utf8')
  await writeFile(readme, text.replace(part, `$1\n${tableOf(record)}\n\n$2`))
}
