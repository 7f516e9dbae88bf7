import { spawn } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import process from 'node:process'
import { writeFigures } from '#shared/bench/figures.ts'
import { type BenchRow, toMarkdown } from '#shared/bench/report.ts'
import { judge } from '#shared/bench/targets.ts'
import { root } from './env.ts'

/** Each bench is a script that prints its rows as JSON lines on stdout and what it is doing on stderr. */
const benches: Readonly<Record<string, string>> = {
  'first-image': 'client/e2e/bench/first-image.ts',
  start: 'server/bench/start.ts',
  enqueue: 'supabase/bench/enqueue.ts',
  limiter: 'supabase/bench/limiter.ts',
  create: 'server/bench/create.ts',
  claim: 'worker/bench/claim.ts',
  depth: 'worker/bench/depth.ts',
  load: 'worker/bench/load.ts',
  affinity: 'worker/bench/affinity.ts',
  watchers: 'worker/bench/watchers.ts',
  'idle-gap': 'worker/bench/idle-gap.ts',
  overhead: 'worker/bench/overhead.ts',
  frame: 'client/e2e/bench/frame.ts',
  progress: 'supabase/bench/progress.ts',
  web: 'client/e2e/bench/web.ts',
  soak: 'worker/bench/soak.ts',
}

/** A bench that hangs is ended: the rest is measured without it. A soak says itself how long it takes. */
const patienceMs = 15 * 60_000

const words = process.argv.slice(2)
const quick = words.includes('--quick')
const writes = words.includes('--write')
const wanted = words.filter((word) => !word.startsWith('--'))
const day = new Date().toISOString().slice(0, 10)
const readme = path.join(root, 'README.md')

const unknown = wanted.filter((name) => !Object.hasOwn(benches, name))
const options = new Set(['--quick', '--write', '--json'])
const odd = words.filter((word) => word.startsWith('--') && !options.has(word))
if (odd.length > 0)
  refuse(
    `No option ${odd.join(', ')}. Usage: npm run bench -- [${[...options].join('] [')}] [${Object.keys(benches).join(' | ')}]…`,
  )
if (unknown.length > 0) refuse(`No bench called ${unknown.join(', ')}. There are: ${Object.keys(benches).join(', ')}`)
if (quick && writes) refuse('What --quick measures is no figure: it is not written')

const rows: BenchRow[] = []
const failed: string[] = []
for (const [name, script] of Object.entries(benches)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue
  process.stderr.write(`▸ ${name}\n`)
  const started = performance.now()
  const { measured, problem } = await run(script)
  rows.push(...measured)
  if (problem !== null) failed.push(`${name}: ${problem}`)
  process.stderr.write(`  ${problem ?? 'done'} after ${((performance.now() - started) / 1_000).toFixed(0)} s\n`)
  // One by one, so that whatever happens next the figures so far are kept.
  if (writes) await write(measured, false)
}
if (writes && wanted.length === 0 && failed.length === 0) await write(rows, true)
process.stdout.write(
  words.includes('--json') ? `${JSON.stringify(rows, null, 2)}\n` : `\n${toMarkdown(rows, day)}\n\n${verdict()}\n`,
)
process.exitCode = failed.length > 0 ? 1 : 0

/** Runs one bench; answers the rows that it printed, also when it failed after them. */
function run(script: string): Promise<{ measured: BenchRow[]; problem: string | null }> {
  return new Promise((resolve) => {
    const group = process.platform !== 'win32'
    const child = spawn(process.execPath, [path.join(root, script), ...(quick ? ['--quick'] : [])], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'inherit'],
      // Its own group, so that nothing which it started outlives it.
      detached: group,
    })
    const kill = (signal: NodeJS.Signals) => {
      try {
        if (group && child.pid !== undefined) process.kill(-child.pid, signal)
        else child.kill(signal)
      } catch {
        // It has ended already.
      }
    }
    const interrupt = () => {
      kill('SIGTERM')
      process.exit(130)
    }
    process.once('SIGINT', interrupt).once('SIGTERM', interrupt)
    const soakMs = Number(process.env['FORGE_SOAK_MINUTES'] ?? 0) * 60_000
    const late = setTimeout(() => kill('SIGTERM'), patienceMs + soakMs)
    const tooLate = setTimeout(() => kill('SIGKILL'), patienceMs + soakMs + 30_000)
    let output = ''
    child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk
    })
    const end = (problem: string | null) => {
      clearTimeout(late)
      clearTimeout(tooLate)
      process.off('SIGINT', interrupt).off('SIGTERM', interrupt)
      kill('SIGTERM')
      const lines = output.split('\n').filter((line) => line.startsWith('{') && line.endsWith('}'))
      resolve({ measured: lines.map((line) => JSON.parse(line) as BenchRow), problem })
    }
    child.once('error', (error) => end(error.message))
    child.once('close', (code, signal) => end(code === 0 ? null : `failed (${signal ?? code})`))
  })
}

async function write(measured: readonly BenchRow[], all: boolean): Promise<void> {
  await writeFile(readme, writeFigures(await readFile(readme, 'utf8'), measured, { day, all }))
}

/** How many targets hold, which do not, and which benches failed. */
function verdict(): string {
  const judged = rows.flatMap((row) => {
    const target = judge(row)
    return target ? [{ held: target.held, line: `${row.what}: ${target.text}` }] : []
  })
  // One figure stands beside several peers.
  const missed = new Set(judged.flatMap(({ held, line }) => (held ? [] : [line])))
  const all = new Set(judged.map(({ line }) => line))
  return [
    `${all.size - missed.size} of ${all.size} targets held`,
    ...[...missed].map((line) => `✗ ${line}`),
    ...failed.map((line) => `failed ${line}`),
  ].join('\n')
}

function refuse(why: string): never {
  process.stderr.write(`${why}\n`)
  process.exit(2)
}
