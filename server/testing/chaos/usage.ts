import { readdir, readFile } from 'node:fs/promises'
import process from 'node:process'

type Stat = { parent: number; ticks: number }

/** Linux counts in hundredths of a second, whatever its own clock does (`getconf CLK_TCK`). */
const ticksPerSecond = 100

/** `pid (name) state ppid …`; utime, stime, and those of its ended children are fields 14 to 17. */
function statOf(text: string): Stat {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0)
  return { parent: Number(fields[1]), ticks }
}

/**
 * Seconds of processor time that this process and all below it have used, those that ended included. A machine that
 * others load changes how long a run takes, not this. 0 where there is no /proc.
 */
export async function usedSeconds(): Promise<number> {
  const names = await readdir('/proc').catch(() => [])
  const stats = new Map<number, Stat>()
  await Promise.all(
    names
      .filter((name) => /^\d+$/.test(name))
      .map(async (name) => {
        const text = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => null)
        if (text !== null) stats.set(Number(name), statOf(text))
      }),
  )
  const isOurs = (pid: number): boolean => pid === process.pid || (pid > 1 && isOurs(stats.get(pid)?.parent ?? 0))
  const ours = [...stats].filter(([pid]) => isOurs(pid))
  return ours.reduce((sum, [, { ticks }]) => sum + ticks, 0) / ticksPerSecond
}
