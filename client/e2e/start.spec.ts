import { execFile } from 'node:child_process'
import net from 'node:net'
import path from 'node:path'
import process from 'node:process'
import { promisify } from 'node:util'
import { expect, test } from '@playwright/test'
import { startTestStack } from './stack.ts'

const root = path.resolve(import.meta.dirname, '../..')
const run = promisify(execFile)

/** Runs one of the stack's scripts to its end; answers how it ended and everything it printed. */
async function runScript(
  script: string,
  env: Readonly<Record<string, string>>,
): Promise<{ code: number; output: string }> {
  const options = { cwd: root, env: { ...process.env, ...env }, timeout: 60_000 }
  return await run(process.execPath, [script], options).then(
    ({ stdout, stderr }) => ({ code: 0, output: stdout + stderr }),
    (error: { code?: number; stdout?: string; stderr?: string }) => ({
      code: error.code ?? 1,
      output: `${error.stdout}${error.stderr}`,
    }),
  )
}

test('a second start on the same data works, and each command finds the running stack', async () => {
  test.setTimeout(180_000)
  const first = await startTestStack()
  const env = { FORGE_DATA: first.dataDir }
  const again = await runScript('server/stack/start.ts', env)
  expect(again).toMatchObject({ code: 1, output: expect.stringContaining(`The Forge already runs at ${first.url}`) })
  expect(await runScript('server/stack/reset.ts', env)).toMatchObject({ code: 1 })
  await first.stop('keep')

  expect(await runScript('server/stack/audit.ts', env)).toMatchObject({
    code: 1,
    output: expect.stringContaining('No local stack runs'),
  })
  const second = await startTestStack(env)
  expect(await runScript('server/stack/audit.ts', env)).toMatchObject({
    code: 0,
    output: expect.stringContaining('The books balance'),
  })
  const doctor = await runScript('server/stack/doctor.ts', env)
  expect(doctor.output).not.toContain('✕')
  expect(doctor.code).toBe(0)
  await second.stop()
})

test('a taken port is one clear sentence, and nothing stays behind', async () => {
  const taken = net.createServer()
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve))
  const address = taken.address()
  const port = typeof address === 'object' && address ? address.port : 0

  const { code, output } = await runScript('server/stack/start.ts', {
    PORT: String(port),
    FORGE_DATA: path.join(root, '.forge/never'),
  })

  expect(code).toBe(1)
  expect(output.trim()).toBe(
    `Port ${port} is taken by another program. Stop it, or choose another: PORT=${port + 1} npm start`,
  )
  taken.close()
})

test('a port that browsers refuse is said before anything starts', async () => {
  const { code, output } = await runScript('server/stack/start.ts', {
    PORT: '4190',
    FORGE_DATA: path.join(root, '.forge/never'),
  })

  expect(code).toBe(1)
  expect(output).toContain('Browsers refuse to open port 4190')
})
