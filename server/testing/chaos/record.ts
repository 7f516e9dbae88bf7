import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { root } from '#server/stack/env.ts'
import { addBatch, type ChaosRecord, sentenceOf, tableOf } from './report.ts'
import type { RunResult } from './run.ts'

const file = join(import.meta.dirname, 'record.json')
const readme = join(import.meta.dirname, 'README.md')
const part = /(<!-- written by npm run chaos -->\n)[^]*?(<!-- end -->)/
const rootPart = /(<!-- chaos: written by npm run chaos -->\n)[^]*?(<!-- end of chaos -->)/

/** Runs are written down this often, so that a batch which is ended from outside loses few of them. */
const writeEvery = 50

export type Recorder = { add: (result: RunResult) => Promise<void>; flush: () => Promise<void> }

/** Writes a batch down as it goes: the record, the README beside it, and the lines about it in the project's README. */
export function startRecord(): Recorder {
  const all: RunResult[] = []
  let written = 0
  const recorder: Recorder = {
    async add(result) {
      all.push(result)
      if (all.length - written >= writeEvery) await recorder.flush()
    },
    async flush() {
      const fresh = all.slice(written)
      if (fresh.length === 0) return
      written = all.length
      const before = await readFile(file, 'utf8').then(
        (text) => JSON.parse(text) as ChaosRecord,
        () => null,
      )
      const record = addBatch(before, { all, fresh }, new Date().toISOString().slice(0, 10))
      await writeFile(file, `${tidy(record)}\n`)
      await replacePart(readme, part, tableOf(record))
      await replacePart(join(root, 'README.md'), rootPart, sentenceOf(record))
    },
  }
  return recorder
}

/** With its lists of seeds on a line, as the formatter wants them. */
const tidy = (record: ChaosRecord) =>
  JSON.stringify(record, null, 2).replaceAll(
    /\[\s+([\d,\s]+?)\s+\]/g,
    (_all, seeds: string) => `[${seeds.replaceAll(/\s+/g, ' ')}]`,
  )

async function replacePart(path: string, where: RegExp, text: string): Promise<void> {
  const before = await readFile(path, 'utf8')
  await writeFile(
    path,
    before.replace(where, (_all, begin: string, end: string) => `${begin}\n${text}\n\n${end}`),
  )
}
