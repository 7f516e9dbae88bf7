import { type ChildProcess, spawn } from 'node:child_process'
import { createWriteStream, type WriteStream } from 'node:fs'
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import process from 'node:process'
import readline from 'node:readline'

const root = path.resolve(import.meta.dirname, '../..')

/** A stack of its own: data in a temporary folder, every port free, started by the very command people use. */
export type TestStack = {
  url: string
  dataDir: string
  /** Everything the stack has printed. */
  output: () => string
  pid: number
  /** Ctrl-C, then waits; rejects unless it exits 0 within 20 s. Deletes the data unless told to keep it. */
  stop: (keep?: 'keep') => Promise<void>
}

/**
 * Starts a stack. Rejects with its output when it does not become ready within 120 s. `logFile`, relative to the
 * project, keeps what it prints for looking at afterwards.
 */
export async function startTestStack(env: Readonly<Record<string, string>> = {}, logFile?: string): Promise<TestStack> {
  const dataDir = env['FORGE_DATA'] ?? (await mkdtemp(path.join(os.tmpdir(), 'forge-e2e-')))
  // Started as root, Postgres runs as another account and must get through.
  await chmod(dataDir, 0o711)
  const child = spawn(process.execPath, ['server/stack/start.ts'], {
    cwd: root,
    env: {
      ...process.env,
      FORGE_DATA: dataDir,
      PORT: '0',
      SUPABASE_PORT: '0',
      POSTGRES_PORT: '0',
      STANDIN_PORT: '0',
      STRIPE_STANDIN_PORT: '0',
      STRIPE_STANDIN_SETTLE_MS: '3000',
      LOG_LEVEL: 'info',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const lines: string[] = []
  const log = logFile ? await openLog(path.join(root, logFile)) : null
  child.once('close', () => log?.end())
  const ready = Promise.withResolvers<string>()
  for (const stream of [child.stdout, child.stderr]) {
    readline.createInterface({ input: stream }).on('line', (line) => {
      lines.push(line)
      log?.write(`${line}\n`)
      const url = /^ready (http\S+)$/.exec(line)?.[1]
      if (url) ready.resolve(url)
    })
  }
  child.once('exit', (code) => ready.reject(new Error(`The stack exited with ${code}:\n${lines.join('\n')}`)))
  const late = setTimeout(
    () => ready.reject(new Error(`The stack was not ready in 120 s:\n${lines.join('\n')}`)),
    120_000,
  )
  try {
    const url = await ready.promise
    return {
      url,
      dataDir,
      pid: child.pid ?? 0,
      output: () => lines.join('\n'),
      stop: (keep) => stop(child, keep ? null : dataDir, lines),
    }
  } catch (error) {
    child.kill('SIGKILL')
    throw error
  } finally {
    clearTimeout(late)
  }
}

async function openLog(file: string): Promise<WriteStream> {
  await mkdir(path.dirname(file), { recursive: true })
  return createWriteStream(file)
}

async function stop(child: ChildProcess, dataDir: string | null, lines: readonly string[]): Promise<void> {
  const exited = new Promise<number | null>((resolve) => {
    if (child.exitCode === null) child.once('exit', resolve)
    else resolve(child.exitCode)
  })
  child.kill('SIGINT')
  const late = setTimeout(() => child.kill('SIGKILL'), 20_000)
  const code = await exited
  clearTimeout(late)
  if (dataDir !== null) await rm(dataDir, { recursive: true, force: true })
  if (code !== 0) throw new Error(`The stack did not stop cleanly (exit ${code}):\n${lines.slice(-40).join('\n')}`)
}
