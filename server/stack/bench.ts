import { spawn } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import process from 'node:process'
import { writeFigures } from '#shared/bench/figures.ts'
import { type BenchRow, toMarkdown } from '#shared/bench/report.ts'
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
  soak: 'worker/bench/soak.ts',
  'idle-gap': 'worker/bench/idle-gap.ts',
  overhead: 'worker/bench/overhead.ts',
  frame: 'client/e2e/bench/frame.ts',
  progress: 'supabase/bench/progress.ts',
  web: 'client/e2e/bench/web.ts',
}

/** Runs one bench and answers its rows. Rejects when the script fails. */
function run(script: string): Promise<BenchRow[]> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [path.join(root, script)], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let output = ''
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk
    })
    child.once('error', reject)
    child.once('exit', (code) => {
      if (code !== 0) return reject(new Error(`${script} exited with ${code}`))
      const rows = output.split('\n').filter((line) => line.startsWith('{'))
      resolve(rows.map((line) => JSON.parse(line) as BenchRow))
    })
  })
}

const wanted = process.argv.slice(2).filter((argument) => !argument.startsWith('--'))
const unknown = wanted.filter((name) => !Object.hasOwn(benches, name))
if (unknown.length > 0) {
  process.stderr.write(`No bench called ${unknown.join(', ')}. There are: ${Object.keys(benches).join(', ')}\n`)
  process.exit(2)
}
const rows: BenchRow[] = []
for (const [name, script] of Object.entries(benches)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue
  process.stderr.write(`▸ ${name}\n`)
  rows.push(...(await run(script)))
}
process.stdout.write(process.argv.includes('--json') ? `${JSON.stringify(rows, null, 2)}\n` : `\n${toMarkdown(rows)}\n`)
if (process.argv.includes('--write')) {
  const readme = path.join(root, 'README.md')
  await writeFile(readme, writeFigures(await readFile(readme, 'utf8'), rows))
}
