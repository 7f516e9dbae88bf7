import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import process from 'node:process'
import { setTimeout as wait } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { root } from './env.ts'

/** Has something to say as it ends, like every part. */
const part = `
import { pino } from 'pino'
const log = pino()
setInterval(() => undefined, 1_000)
process.on('SIGTERM', () => {
  log.info('stopping')
  log.info('stopped')
  process.exit(0)
})
process.send('ready')
`

const supervisor = `
import { spawn } from 'node:child_process'
const preload = ${JSON.stringify(path.join(root, 'server/stack/die-with-parent.ts'))}
const code = ${JSON.stringify(part)}
const child = spawn(process.execPath, ['--import', preload, '--input-type=module', '-e', code], {
  stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  detached: true,
})
child.once('message', () => process.stdout.write(String(child.pid)))
`

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

test(
  'a part ends when its supervisor is killed, although nobody reads its last words',
  { timeout: 20_000 },
  async () => {
    const parent = spawn(process.execPath, ['--input-type=module', '-e', supervisor], { cwd: root })
    const [text] = (await once(parent.stdout, 'data')) as [Buffer]
    const pid = Number(text.toString())

    parent.kill('SIGKILL')
    for (let tries = 0; tries < 50 && isAlive(pid); tries += 1) await wait(100)

    const alive = isAlive(pid)
    if (alive) process.kill(pid, 'SIGKILL')
    expect(alive).toBe(false)
  },
)
