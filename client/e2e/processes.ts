import { execFile } from 'node:child_process'
import process from 'node:process'
import { promisify } from 'node:util'

type Row = { pid: number; parent: number; command: string }

async function list(): Promise<Row[]> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pid=,ppid=,args='], { maxBuffer: 16 * 1024 * 1024 })
  return stdout.split('\n').flatMap((line) => {
    const match = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line)
    return match ? [{ pid: Number(match[1]), parent: Number(match[2]), command: match[3] ?? '' }] : []
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
export async function partOf(stackPid: number, script: string): Promise<number> {
  const found = (await descendants(stackPid)).find((row) => row.command.endsWith(script))
  if (!found) throw new Error(`${script} does not run below ${stackPid}`)
  return found.pid
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
