import { appendFile, readFile } from 'node:fs/promises'
import { z } from 'zod'
import { readComfyEnv } from './env.ts'

/** What one case of one template came to on the server at COMFY_URL. */
export const caseResult = z.object({
  key: z.string(),
  images: z.string(),
  slider: z.number(),
  /** Milliseconds that ComfyUI spent on the prompt; null when it made no image. */
  ms: z.number().nullable(),
  /** Why the server cannot run it; null when it can. */
  lacks: z.string().nullable(),
})
export type CaseResult = z.infer<typeof caseResult>

/** Keeps a result for the table; nothing when nobody wants one. */
export async function keepResult(result: CaseResult): Promise<void> {
  const { COMFY_RESULTS: path } = readComfyEnv()
  if (path !== undefined) await appendFile(path, `${JSON.stringify(result)}\n`)
}

/** The results in a file of JSON lines; empty when there is none. */
export async function readResults(path: string): Promise<CaseResult[]> {
  const text = await readFile(path, 'utf8').catch(() => '')
  return text.split('\n').flatMap((line) => (line === '' ? [] : [caseResult.parse(JSON.parse(line))]))
}
