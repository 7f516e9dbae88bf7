import process from 'node:process'
import { parseArgs } from 'node:util'
import { runBatch, runMutants } from '#server/testing/chaos/batch.ts'
import { allKinds, type FaultKind } from '#server/testing/chaos/fault-kinds.ts'
import { mutants } from '#server/testing/chaos/mutants.ts'
import { startRecord } from '#server/testing/chaos/record.ts'
import { lineOf, timesOf } from '#server/testing/chaos/report.ts'
import type { RunResult } from '#server/testing/chaos/run.ts'

const say = (line: string) => void process.stdout.write(`${line}\n`)

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    'from-seed': { type: 'string' },
    runs: { type: 'string', default: '1' },
    only: { type: 'string' },
    write: { type: 'boolean', default: false },
    mutants: { type: 'boolean', default: false },
  },
})
const wanted = values.only?.split(',') ?? allKinds
const isKind = (name: string): name is FaultKind => allKinds.some((kind) => kind === name)
const unknown = wanted.filter((name) => !isKind(name))
if (unknown.length > 0) {
  process.stderr.write(`No fault called ${unknown.join(', ')}. There are: ${allKinds.join(', ')}\n`)
  process.exit(2)
}

const stop = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort())
if (values.mutants) process.exit(await tryMutants(stop.signal))
const began = performance.now()
const results: RunResult[] = []
const record = values.write ? startRecord() : null
let writing = Promise.resolve()
await runBatch({
  fromSeed: Number(values.seed ?? values['from-seed'] ?? 1),
  runs: Number(values.runs),
  only: wanted.filter(isKind),
  signal: stop.signal,
  onResult(result, folder) {
    results.push(result)
    writing = writing.then(() => record?.add(result))
    say(lineOf(result))
    if (folder === null) return
    for (const { promise, offence } of result.offences) say(`  ${promise}: ${offence}`)
    say(`  plan ${JSON.stringify(result.plan)}`)
    say(`  logs and rows in ${folder}; again with: npm run chaos -- --seed ${result.plan.seed}`)
  },
})
await writing
await record?.flush()
const broken = results.filter(({ offences }) => offences.length > 0).length
say(`${results.length} runs in ${Math.round((performance.now() - began) / 1_000)} s, ${broken} broke a promise`)
if (results.length > 0) say(timesOf(results))
process.exit(broken === 0 && results.length > 0 ? 0 : 1)

/** Breaks the product on purpose, one way after another; 0 when the checks noticed each. */
async function tryMutants(signal: AbortSignal): Promise<number> {
  let missed = 0
  await runMutants(
    mutants,
    (caught) => {
      if (caught.seed === null) missed += 1
      say(
        caught.seed === null
          ? `NOT NOTICED: ${caught.mutant.name}`
          : `seed ${caught.seed}: ${caught.mutant.name}\n  ${caught.promises.join('\n  ')}`,
      )
    },
    signal,
  )
  return missed === 0 ? 0 : 1
}
