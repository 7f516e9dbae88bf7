import { readFile } from 'node:fs/promises'
import path from 'node:path'
import process from 'node:process'
import { descendants, stillRunning } from './processes.ts'
import { startTestStack } from './stack.ts'

/** One stack for the whole run. Its end is a test too: everything stops, and no process is left behind. */
async function globalSetup(): Promise<() => Promise<void>> {
  const stack = await startTestStack({ TRUSTED_HOPS: '1', STANDIN_STEP_MS: '90' }, '.forge/e2e.log')
  process.env['FORGE_TEST_URL'] = stack.url
  process.env['FORGE_TEST_PID'] = String(stack.pid)
  process.env['FORGE_TEST_COMFY'] = JSON.parse(await readFile(path.join(stack.dataDir, 'state.json'), 'utf8')).comfyUrl
  process.env['FORGE_TEST_PASSWORD'] = JSON.parse(
    await readFile(path.join(stack.dataDir, 'demo.json'), 'utf8'),
  ).password
  return async () => {
    const before = await descendants(stack.pid)
    await stack.stop()
    const left = await stillRunning(before, 5_000)
    if (left.length > 0)
      throw new Error(`Processes outlived the stack: ${left.map(({ command }) => command).join(', ')}`)
  }
}

export default globalSetup
