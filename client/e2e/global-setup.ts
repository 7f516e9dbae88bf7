import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import process from 'node:process'
import { promisify } from 'node:util'
import { startTestStack } from './stack.ts'

/** One stack for the whole run. Its end is a test too: everything stops, and no process is left behind. */
async function globalSetup(): Promise<() => Promise<void>> {
  const stack = await startTestStack({ TRUSTED_HOPS: '1', STANDIN_STEP_MS: '40' })
  process.env['FORGE_TEST_URL'] = stack.url
  process.env['FORGE_TEST_OUTPUT'] = path.join(stack.dataDir, 'output.log')
  process.env['FORGE_TEST_DATA'] = stack.dataDir
  process.env['FORGE_TEST_PASSWORD'] = JSON.parse(
    await readFile(path.join(stack.dataDir, 'demo.json'), 'utf8'),
  ).password
  return async () => {
    const before = await descendants(stack.pid)
    await stack.stop()
    const left = before.filter(isAlive)
    if (left.length > 0) throw new Error(`Processes outlived the stack: ${left.join(', ')}`)
  }
}

async function descendants(pid: number): Promise<number[]> {
  if (process.platform === 'win32') return []
  const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pid=,ppid='])
  const pairs = stdout
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
  const found: number[] = []
  const queue = [pid]
  for (let parent = queue.pop(); parent !== undefined; parent = queue.pop()) {
    const children = pairs.filter(([, ppid]) => ppid === parent).flatMap(([child]) => child ?? [])
    found.push(...children)
    queue.push(...children)
  }
  return found
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

export default globalSetup
