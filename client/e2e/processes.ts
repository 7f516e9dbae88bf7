import { execFile } from 'node:child_process'
import process from 'node:process'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'

type Row = { pid: number; parent: number; state: string; command: string }

async function list(): Promise<Row[]> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pid=,ppid=,stat=,args='], {
    maxBuffer: 16 * 1024 * 1024,
  })
  return stdout.split('\n').flatMap((line) => {
    const match = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(line)
    return match
      ? [{ pid: Number(match[1]), parent: Number(match[2]), state: match[3] ?? '', command: match[4] ?? '' }]
      : []
  })
}

/** Every process below `pid`, children first. POSIX only; empty elsewhere. */
export async function descendants(pid: number): Promise<Row[]> {
  if (process.platform === 'win32') return []
  const rows = await list()
  const below = (parent: number): Row[] =>
    rows.flatMap((row) => (row.parent === parent ? [...below(row.pid), row] : []))
  return below(pid)
}

/** The part of a stack whose script this is, e.g. `worker/main.ts`. Throws when it does not run. */
export async function partOf(stackPid: number, script: string): Promise<Row> {
  const found = (await descendants(stackPid)).find((row) => row.command.endsWith(script))
  if (!found) throw new Error(`${script} does not run below ${stackPid}`)
  return found
}

/** Those of `rows` that still run after `withinMs`. A zombie is gone: only its parent has yet to notice. */
export async function stillRunning(rows: readonly Row[], withinMs: number): Promise<Row[]> {
  const until = performance.now() + withinMs
  for (;;) {
    const now = new Map((await list()).map((row) => [row.pid, row]))
    const left = rows.filter(({ pid, command }) => {
      const row = now.get(pid)
      return row?.command === command && !row.state.startsWith('Z')
    })
    if (left.length === 0 || performance.now() > until) return left
    await delay(100)
  }
}
