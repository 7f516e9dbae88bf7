import { readFile } from 'node:fs/promises'
import path from 'node:path'
import process from 'node:process'
import { secretsOf } from './secrets.ts'
import type { TestStack } from './stack.ts'

/** What a test may know of the stack it runs on. */
export type StackUnderTest = {
  url: string
  pid: number
  dataDir: string
  comfyUrl: string
  supabaseUrl: string
  /** Reads any table, as the server does. */
  secretKey: string
  /** By name: what must be read nowhere but where it is used. */
  secrets: Readonly<Record<string, string>>
  /** Of the demo artist. */
  password: string
}

/** The stack of this process: Playwright numbers those that run at once, and a restarted one keeps its number. */
export function stackUnderTest(): StackUnderTest {
  const stacks: StackUnderTest[] = JSON.parse(process.env['FORGE_TEST_STACKS'] ?? '[]')
  const stack = stacks[Number(process.env['TEST_PARALLEL_INDEX'])]
  if (!stack) throw new Error('No stack was started for this test: run it with client/e2e/playwright.config.ts')
  return stack
}

/** Reads what a running stack wrote down about itself. */
export async function describeStack({ url, pid, dataDir }: TestStack): Promise<StackUnderTest> {
  const read = async (name: string) => JSON.parse(await readFile(path.join(dataDir, name), 'utf8'))
  const [state, demo, secrets] = await Promise.all([read('state.json'), read('demo.json'), secretsOf(dataDir)])
  const { comfyUrl, supabaseUrl } = state
  return {
    url,
    pid,
    dataDir,
    comfyUrl,
    supabaseUrl,
    secretKey: secrets['secretKey'] ?? '',
    secrets,
    password: demo.password,
  }
}
