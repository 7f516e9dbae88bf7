import { execFile, spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'

import type { Account } from './account.ts'
import { runAs } from './cluster.ts'
import { ownerFile } from './leftover.ts'

const fastMs = 10_000
const immediateMs = 5000

/**
 * A shell that waits for its input to end and then asks Postgres to stop: its input is a pipe that only we hold, so
 * it ends with us, however we end. Null on Windows, where the next start clears what was left.
 */
export function guardAgainstOrphan(child: ChildProcess, account: Account | null): ChildProcess | null {
  if (process.platform === 'win32' || child.pid === undefined) return null
  const guard = spawn('/bin/sh', ['-c', 'read -r _; kill -INT "$1"', 'forge-guard', String(child.pid)], {
    ...runAs(account),
    detached: true,
    cwd: '/',
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  guard.on('error', () => {})
  guard.stdin.on('error', () => {})
  // Postgres ended by itself: its number may be given to another process.
  child.once('exit', () => guard.kill('SIGKILL'))
  guard.unref()
  return guard
}

/** Stops Postgres: fast (connections cut, files clean), then immediate, then by force. */
export async function stopPostgres(options: {
  child: ChildProcess
  exited: Promise<void>
  guard: ChildProcess | null
  pgCtl: string
  folder: string
}): Promise<void> {
  const { child, exited, guard, pgCtl, folder } = options
  const steps: [() => unknown, number][] = [
    [() => askToStop(child, pgCtl, folder), fastMs],
    [() => child.kill('SIGQUIT'), immediateMs],
    [() => child.kill('SIGKILL'), immediateMs],
  ]
  for (const [ask, within] of steps) {
    if (child.exitCode !== null || child.signalCode !== null) break
    await ask()
    const waited = new AbortController()
    await Promise.race([exited, sleep(within, undefined, { signal: waited.signal }).catch(() => {})])
    waited.abort()
  }
  guard?.kill('SIGKILL')
  guard?.stdin?.destroy()
  await rm(ownerFile(folder), { force: true })
}

async function askToStop(child: ChildProcess, pgCtl: string, folder: string): Promise<void> {
  if (process.platform !== 'win32') {
    child.kill('SIGINT')
    return
  }
  // There, a signal would end it without a checkpoint.
  await promisify(execFile)(pgCtl, ['stop', '-D', folder, '-m', 'fast', '-w']).catch(() => child.kill())
}
