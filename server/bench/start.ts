import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import process from 'node:process'
import { root } from '#server/stack/env.ts'
import { quantile } from '#shared/bench/report.ts'
import { sized } from '#supabase/bench/sized.ts'
import { printRow } from '#supabase/bench/world.ts'
import { loadKeys } from '#supabase/local/keys.ts'
import { startPostgres } from '#supabase/local/postgres/start.ts'
import { launch } from './launch.ts'

const starts = sized(3, 1)
const startWithinMs = 180_000

/**
 * `npm start` with data that exists until its ready line. Beside it what no stack of these parts can do without, in
 * the same run and one after the other: Postgres on the same files until it accepts connections, and one empty Node.
 */
const dataDir = await mkdtemp(path.join(os.tmpdir(), 'forge-bench-'))
// Started as root, Postgres runs as another account and must get through.
await chmod(dataDir, 0o711)
try {
  process.stderr.write('  first start, not counted: it makes the database\n')
  const first = await launch(root, { FORGE_DATA: dataDir }, startWithinMs)
  await first.stop()
  const warm: number[] = []
  const floor: number[] = []
  for (let index = 0; index < starts; index += 1) {
    const { readyMs, stop } = await launch(root, { FORGE_DATA: dataDir }, startWithinMs)
    await stop()
    warm.push(readyMs)
    floor.push((await timePostgres()) + (await timeNode()))
    process.stderr.write(`  warm start ${index + 1}: ${(readyMs / 1_000).toFixed(1)} s\n`)
  }
  printRow({
    what: 'warm npm start → ready',
    value: quantile(warm, 0.5) / 1_000,
    unit: 's',
    peer: 'Postgres alone + an empty Node',
    peerValue: quantile(floor, 0.5) / 1_000,
    samples: warm.length,
  })
} finally {
  await rm(dataDir, { recursive: true, force: true })
}

async function timePostgres(): Promise<number> {
  const { databasePassword: password } = await loadKeys(dataDir)
  const startedAt = performance.now()
  const postgres = await startPostgres({ dataDir: path.join(dataDir, 'postgres'), port: 0, password })
  const ms = performance.now() - startedAt
  await postgres.stop()
  return ms
}

async function timeNode(): Promise<number> {
  const startedAt = performance.now()
  await once(spawn(process.execPath, ['--eval', ''], { stdio: 'ignore' }), 'exit')
  return performance.now() - startedAt
}
