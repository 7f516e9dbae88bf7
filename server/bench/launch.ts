import { type ChildProcess, spawn } from 'node:child_process'
import path from 'node:path'
import process from 'node:process'
import readline from 'node:readline'

export type Launch = {
  url: string
  /** Milliseconds from the command to its line `ready http://…`. */
  readyMs: number
  /** When a line of its output came, as `performance.now()`. */
  lines: readonly { at: number; text: string }[]
  /** What Ctrl-C does; resolves when the command has ended. */
  stop: () => Promise<void>
}

/**
 * Runs `npm start` in `folder` as a person at a terminal does and waits for its ready line. Rejects with the last lines
 * when it ends before or says nothing for so long; whatever had started is stopped by then.
 */
export async function launch(folder: string, env: Readonly<Record<string, string>>, withinMs: number): Promise<Launch> {
  const startedAt = performance.now()
  const windows = process.platform === 'win32'
  const child = spawn('npm', ['start'], {
    cwd: folder,
    env: { ...plainEnv(), ...freePorts, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own is what a terminal gives a command: Ctrl-C reaches all of it.
    detached: !windows,
    shell: windows,
  })
  const lines: { at: number; text: string }[] = []
  const ready = Promise.withResolvers<string>()
  for (const stream of [child.stdout, child.stderr]) {
    readline.createInterface({ input: stream }).on('line', (text) => {
      lines.push({ at: performance.now(), text })
      const url = /^ready (http\S+)$/.exec(text)?.[1]
      if (url) ready.resolve(url)
    })
  }
  const tail = () =>
    lines
      .slice(-20)
      .map(({ text }) => text)
      .join('\n')
  child.once('error', ready.reject)
  child.once('exit', (code) => ready.reject(new Error(`npm start ended with ${code}:\n${tail()}`)))
  const late = setTimeout(() => ready.reject(new Error(`not ready in ${withinMs / 1_000} s:\n${tail()}`)), withinMs)
  const onSignal = () => interrupt(child)
  process.once('SIGINT', onSignal).once('SIGTERM', onSignal)
  const stop = async () => {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal)
    await end(child)
  }
  try {
    const url = await ready.promise
    return { url, readyMs: performance.now() - startedAt, lines, stop }
  } catch (error) {
    await stop()
    throw error
  } finally {
    clearTimeout(late)
  }
}

const freePorts = { PORT: '0', SUPABASE_PORT: '0', POSTGRES_PORT: '0', STANDIN_PORT: '0' }

/** The environment of a terminal: without what npm and our own start add to it, the Node that they bring included. */
export function plainEnv(): Record<string, string> {
  const entries = Object.entries(process.env).flatMap(([name, value]) => {
    if (value === undefined || /^(npm_(?!config_)|INIT_CWD$|NODE$|NODE_OPTIONS$)/.test(name)) return []
    if (name.toUpperCase() !== 'PATH') return [[name, value] as const]
    const folders = value.split(path.delimiter).filter((folder) => !folder.split(path.sep).includes('node_modules'))
    return [[name, folders.join(path.delimiter)] as const]
  })
  return Object.fromEntries(entries)
}

function interrupt(child: ChildProcess): void {
  if (child.pid === undefined) return
  try {
    if (process.platform === 'win32') child.kill('SIGINT')
    else process.kill(-child.pid, 'SIGINT')
  } catch {
    // It has ended already.
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return
  const exited = new Promise<void>((resolve) => child.once('close', () => resolve()))
  interrupt(child)
  const late = setTimeout(() => {
    if (process.platform === 'win32' || child.pid === undefined) child.kill('SIGKILL')
    else process.kill(-child.pid, 'SIGKILL')
  }, 30_000)
  await exited
  clearTimeout(late)
}
