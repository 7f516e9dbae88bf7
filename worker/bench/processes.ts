import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import process from 'node:process'

/** What the processes of one part hold together. Memory is private: what they share is not counted once for each. */
export type Held = { memoryKb: number; descriptors: number }

/**
 * Every process below this one by the part it belongs to: `Postgres`, or the script that it runs, such as
 * `worker/main.ts`. Linux only: read from /proc. A process that ends meanwhile is left out.
 */
export async function readParts(): Promise<Map<string, Held>> {
  const parts = new Map<string, Held>()
  for (const pid of await findDescendants(process.pid)) {
    const part = await readPart(pid)
    const held = await readHeld(pid)
    if (part === null) continue
    const before = parts.get(part) ?? { memoryKb: 0, descriptors: 0 }
    parts.set(part, {
      memoryKb: before.memoryKb + held.memoryKb,
      descriptors: before.descriptors + held.descriptors,
    })
  }
  return parts
}

async function findDescendants(root: number): Promise<number[]> {
  const all = await readdir('/proc')
  const parents = new Map<number, number>()
  for (const name of all.filter((entry) => /^\d+$/.test(entry))) {
    const stat = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => '')
    parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]))
  }
  const found: number[] = []
  const descend = (pid: number): void => {
    for (const [child, parent] of parents) {
      if (parent !== pid) continue
      found.push(child)
      descend(child)
    }
  }
  descend(root)
  return found
}

async function readPart(pid: number): Promise<string | null> {
  const words = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0')
  const script = words.findLast((word) => word.endsWith('.ts'))
  if (script !== undefined) return path.relative(path.join(import.meta.dirname, '../..'), path.resolve(script))
  return words[0]?.includes('postgres') ? 'Postgres' : null
}

async function readHeld(pid: number): Promise<Held> {
  const memory = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => '')
  const descriptors = await readdir(`/proc/${pid}/fd`).catch(() => [])
  const of = (field: string) => Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(memory)?.[1] ?? 0)
  return { memoryKb: of('Private_Clean') + of('Private_Dirty'), descriptors: descriptors.length }
}
