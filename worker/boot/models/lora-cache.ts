import { readdir, rm, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'

type Entry = { path: string; name: string; bytes: number; usedAt: number }

async function listLoras(folder: string): Promise<Entry[]> {
  const names = await readdir(folder).catch(() => [])
  const entries = await Promise.all(
    names
      .filter((name) => name.endsWith('.safetensors'))
      .map(async (name) => {
        const path = join(folder, name)
        const facts = await stat(path).catch(() => null)
        return facts?.isFile() ? [{ path, name, bytes: facts.size, usedAt: facts.mtimeMs }] : []
      }),
  )
  return entries.flat()
}

/** Marks a LoRA as used now; the time of a file is the cache's only book, so that it survives a restart. */
export async function touchLora(path: string, now: Date): Promise<void> {
  await utimes(path, now, now)
}

/**
 * Removes the least recently used LoRAs of `folder` until they fit into `capBytes` with `comingBytes` more. Names in
 * `keep` (those that the list or a running job needs) stay whatever their age. Answers the names removed.
 */
export async function evictLoras(
  folder: string,
  room: { capBytes: number; comingBytes: number },
  keep: ReadonlySet<string>,
): Promise<string[]> {
  const entries = await listLoras(folder)
  let bytes = entries.reduce((sum, entry) => sum + entry.bytes, room.comingBytes)
  const removed: string[] = []
  for (const entry of entries.filter(({ name }) => !keep.has(name)).toSorted((a, b) => a.usedAt - b.usedAt)) {
    if (bytes <= room.capBytes) break
    await rm(entry.path, { force: true })
    bytes -= entry.bytes
    removed.push(entry.name)
  }
  return removed
}
