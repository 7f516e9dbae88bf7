import { execFile } from 'node:child_process'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'

const stopWithinMs = 15_000

/** Name of the file beside the data folder that says which process started its Postgres. */
export function ownerFile(folder: string): string {
  return join(dirname(folder), 'postgres.owner')
}

/**
 * Makes `folder` free to start: a Postgres that outlived the process which started it is stopped, the pid file of a
 * crashed one removed. Refuses when its starter still lives, so that two starts never fight over one database.
 */
export async function clearLeftover(folder: string, log: (line: string) => void): Promise<void> {
  const pidFile = join(folder, 'postmaster.pid')
  const text = await readFile(pidFile, 'utf8').catch(() => null)
  if (text === null) return
  const pid = Number.parseInt(text, 10)
  if (!isAlive(pid) || !(await isPostgresOf(pid, folder))) {
    await rm(pidFile, { force: true })
    return
  }
  const owner = Number.parseInt(await readFile(ownerFile(folder), 'utf8').catch(() => ''), 10)
  if (owner !== process.pid && isAlive(owner)) {
    throw new Error(`The database in ${folder} is in use by process ${owner}; stop that one first`)
  }
  log(`Stopping Postgres ${pid}, left over from a run that was killed`)
  await stopProcess(pid)
}

/** Records this process as the starter of the Postgres in `folder`. */
export async function recordOwner(folder: string): Promise<void> {
  await writeFile(ownerFile(folder), `${process.pid}\n`)
}

/** True when a process of that id exists. */
export function isAlive(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

async function stopProcess(pid: number): Promise<void> {
  const started = Date.now()
  process.kill(pid, 'SIGINT')
  for (let waited = 0; isAlive(pid); waited = Date.now() - started) {
    if (waited > stopWithinMs) throw new Error(`Postgres ${pid} does not stop; end it by hand and start again`)
    await sleep(50)
  }
}

/** A pid file may outlive its process and the number be given to another one: ask what runs under it. */
async function isPostgresOf(pid: number, folder: string): Promise<boolean> {
  if (process.platform === 'win32') return true
  const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(async () => {
    const answer = await promisify(execFile)('ps', ['-p', String(pid), '-o', 'command=']).catch(() => ({ stdout: '' }))
    return answer.stdout
  })
  return command.includes('postgres') && command.includes(folder)
}
