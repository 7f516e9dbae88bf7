import process from 'node:process'
import { parseArgs } from 'node:util'
import { runBatch } from '#server/testing/chaos/batch.ts'
import { allKinds, type FaultKind } from '#server/testing/chaos/fault-kinds.ts'
import { lineOf } from '#server/testing/chaos/report.ts'

const say = (line: string) => void process.stdout.write(`${line}\n`)

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    'from-seed': { type: 'string' },
    runs: { type: 'string', default: '1' },
    only: { type: 'string' },
    write: { type: 'boolean', default: false },
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
const began = performance.now()
let runs = 0
let broken = 0
await runBatch({
  fromSeed: Number(values.seed ?? values['from-seed'] ?? 1),
  runs: Number(values.runs),
  only: wanted.filter(isKind),
  signal: stop.signal,
  onResult(result, folder) {
    runs += 1
    say(lineOf(result))
    if (folder === null) return
    broken += 1
    for (const { promise, offence } of result.offences) say(`  ${promise}: ${offence}`)
    say(`  plan ${JSON.stringify(result.plan)}`)
    say(`  logs and rows in ${folder}; again with: npm run chaos -- --seed ${result.plan.seed}`)
  },
})
say(`${runs} runs in ${Math.round((performance.now() - began) / 1_000)} s, ${broken} broke a promise`)
process.exit(broken === 0 && runs > 0 ? 0 : 1)
