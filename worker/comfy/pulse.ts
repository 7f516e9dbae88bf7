import { readdir, readFile, readlink } from 'node:fs/promises'

/** Whether ComfyUI's process does anything, seen from outside. Linux, the same machine and the same account only. */
export type Pulse = {
  /** Milliseconds for which it has now neither computed nor read from a disk; null where that cannot be known. */
  restingMs: () => Promise<number | null>
}

type Sample = { at: number; cpuMs: number; readBytes: number }

/** Linux counts processor time in hundredths of a second wherever people run it. */
const tickMs = 10
/** Share of one core below which it rests: answering our own questions takes a fifth of that. */
const restingShare = 0.015
const restingBytes = 256 * 1024
const shortestMs = 500

/** Inode of the socket that listens on `port` of the loopback, as /proc/net/tcp writes it. */
async function listeningInode(port: number): Promise<string | null> {
  const table = await readFile('/proc/net/tcp', 'utf8')
  const hex = port.toString(16).toUpperCase().padStart(4, '0')
  const listening = new RegExp(`^\\s*\\d+: (?:0100007F|00000000):${hex} \\S+ 0A (?:\\S+ ){5}(\\d+)`, 'm')
  return listening.exec(table.replaceAll(/ +/g, ' '))?.[1] ?? null
}

async function holds(pid: string, inode: string): Promise<boolean> {
  const fds = await readdir(`/proc/${pid}/fd`).catch(() => [])
  const links = await Promise.all(fds.map((fd) => readlink(`/proc/${pid}/fd/${fd}`).catch(() => '')))
  return links.includes(`socket:[${inode}]`)
}

async function findListener(port: number): Promise<string | null> {
  const inode = await listeningInode(port)
  if (inode === null) return null
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    if (await holds(pid, inode)) return pid
  }
  return null
}

async function sample(pid: string): Promise<Sample> {
  const [stat, io] = await Promise.all([readFile(`/proc/${pid}/stat`, 'utf8'), readFile(`/proc/${pid}/io`, 'utf8')])
  // The name in parentheses may hold anything; after it utime and stime are the 12th and 13th field.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const cpuMs = (Number(fields[11]) + Number(fields[12])) * tickMs
  return { at: performance.now(), cpuMs, readBytes: Number(/^read_bytes: (\d+)/m.exec(io)?.[1]) }
}

/** The pulse of the process that listens at `url`. */
export function takePulse(url: string): Pulse {
  const port = Number(new URL(url).port || 80)
  let pid: string | null = null
  let last: Sample | null = null
  let restingSince = 0

  async function look(): Promise<number | null> {
    pid ??= await findListener(port)
    if (pid === null) return null
    const now = await sample(pid)
    if (last === null || now.at - last.at >= shortestMs) {
      const share = last === null ? 1 : (now.cpuMs - last.cpuMs) / (now.at - last.at)
      const moved = last === null || share > restingShare || now.readBytes - last.readBytes > restingBytes
      if (moved) restingSince = now.at
      last = now
    }
    return now.at - restingSince
  }

  return {
    restingMs: () =>
      look().catch(() => {
        // Another system, another account, or the process is gone.
        pid = null
        last = null
        return null
      }),
  }
}
