import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import process from 'node:process'
import { z } from 'zod'

const state = z.object({
  pid: z.number(),
  url: z.string(),
  supabaseUrl: z.string(),
  comfyUrl: z.string(),
  startedAt: z.string(),
})
/** What other commands read to find the running stack. Holds no secret. */
export type StackState = z.infer<typeof state>

function file(dataDir: string): string {
  return path.join(dataDir, 'state.json')
}

/** The running stack of this data folder, or null: none, or its supervisor is gone. */
export async function readState(dataDir: string): Promise<StackState | null> {
  const text = await readFile(file(dataDir), 'utf8').catch(() => null)
  const parsed = text === null ? null : state.safeParse(JSON.parse(text))
  return parsed?.success && isAlive(parsed.data.pid) ? parsed.data : null
}

export async function writeState(dataDir: string, value: StackState): Promise<void> {
  await mkdir(dataDir, { recursive: true, mode: 0o711 })
  const next = `${file(dataDir)}.${process.pid}`
  await writeFile(next, JSON.stringify(value, null, 2))
  await rename(next, file(dataDir))
}

export async function clearState(dataDir: string): Promise<void> {
  await rm(file(dataDir), { force: true })
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
