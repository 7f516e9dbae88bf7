import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import process from 'node:process'
import { z } from 'zod'

const state = z.object({
  pid: z.number(),
  url: z.string(),
  supabaseUrl: z.string(),
  comfyUrl: z.string(),
  /** The Stripe stand-in; absent where Stripe itself is used, or nothing is sold. */
  stripeUrl: z.string().optional(),
  replicateUrl: z.string().optional(),
  startedAt: z.string(),
})
/** What other commands read to find the running stack. Holds no secret. */
export type StackState = z.infer<typeof state>

function file(dataDir: string): string {
  return path.join(dataDir, 'state.json')
}

const answerMs = 2_000

/** The running stack of this data folder, or null: none, or what a crash has left behind. */
export async function readState(dataDir: string): Promise<StackState | null> {
  const found = parse(await readFile(file(dataDir), 'utf8').catch(() => ''))
  if (found === null || !isAlive(found.pid)) return null
  // After a crash or a restart of the machine the process id may be anybody's. A hosted project answers in any case.
  const parts = [`${found.url}/health/live`, `${found.supabaseUrl}/health`].filter((url) => url.includes('//127.0.0.1'))
  const answers = await Promise.all(parts.map(isAnswering))
  return answers.includes(true) ? found : null
}

function parse(text: string): StackState | null {
  try {
    return state.safeParse(JSON.parse(text)).data ?? null
  } catch {
    return null
  }
}

function isAnswering(url: string): Promise<boolean> {
  return fetch(url, { signal: AbortSignal.timeout(answerMs) }).then(
    () => true,
    () => false,
  )
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
