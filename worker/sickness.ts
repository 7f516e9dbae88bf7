import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'

const hourMs = 3_600_000
const fileName = 'sickness.json'
const stamps = z.array(z.number())

/**
 * Writes down that ComfyUI has to be restarted now and answers how often that was so within the last hour, this time
 * included. Times of the wall clock, since they outlive the process; those that lie ahead of it are dropped.
 */
export async function noteSickness(dir: string, now: number = Date.now()): Promise<number> {
  const path = join(dir, fileName)
  const earlier = await readFile(path, 'utf8').then(
    (text) => stamps.safeParse(JSON.parse(text)).data ?? [],
    () => [],
  )
  const recent = [...earlier.filter((at) => at <= now && now - at < hourMs), now]
  await writeFile(path, JSON.stringify(recent), { mode: 0o600 }).catch(() => {})
  return recent.length
}
