import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import type { Logger } from 'pino'
import { backoffMs } from '#worker/core/backoff.ts'
import { wait } from '#worker/wait.ts'

export type Program = {
  name: string
  command: string
  args: readonly string[]
  cwd: string
  env: Readonly<Record<string, string | undefined>>
}

/** How a program ended: its exit code, or null when a signal ended it. */
export type Kept = {
  isUp: () => boolean
  /** Ends the program that runs now, without grace; the next one is started as after any other death. */
  restart: () => void
  /** SIGTERM, and SIGKILL after `graceMs`; nothing is started again. */
  stop: (graceMs: number) => Promise<void>
}

export type KeepOptions = {
  log: Logger
  /** Called at every end; `stop` = do not start it again. */
  onExit: (code: number | null) => 'again' | 'stop'
}

/** A program that lived this long was not failing at its start: the pauses begin anew. */
const settledMs = 60_000

/** Starts a program and starts it again whenever it ends, with growing pauses. */
export function keepRunning(program: Program, { log, onExit }: KeepOptions): Kept {
  const stopping = new AbortController()
  let child: ChildProcess | null = null

  async function runOnce(): Promise<number | null> {
    const { command, args, cwd, env } = program
    const started = spawn(command, args, { cwd, env: { ...env }, stdio: ['ignore', 'inherit', 'inherit'] })
    child = started
    try {
      const [code] = await once(started, 'exit')
      return typeof code === 'number' ? code : null
    } catch (error) {
      log.error({ program: program.name, err: error }, 'cannot be started')
      return null
    } finally {
      child = null
    }
  }

  async function watch(): Promise<void> {
    for (let failures = 0; !stopping.signal.aborted;) {
      const startedAt = performance.now()
      const code = await runOnce()
      if (stopping.signal.aborted) return
      log.warn({ program: program.name, code }, 'ended by itself')
      if (onExit(code) === 'stop') return
      failures = performance.now() - startedAt > settledMs ? 0 : failures + 1
      await wait(backoffMs(failures, { baseMs: 300, capMs: 30_000 }, Math.random()), stopping.signal).catch(() => {})
    }
  }

  const watching = watch()
  return {
    isUp: () => child !== null,
    restart: () => void child?.kill('SIGKILL'),
    async stop(graceMs) {
      stopping.abort()
      child?.kill('SIGTERM')
      const timer = setTimeout(() => child?.kill('SIGKILL'), graceMs)
      await watching
      clearTimeout(timer)
    },
  }
}
