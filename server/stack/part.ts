import { spawn } from 'node:child_process'
import path from 'node:path'
import process from 'node:process'
import readline from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { untilAnswers } from './probe.ts'

/** One process of the stack. `script` is relative to the project's root. */
export type PartPlan = {
  name: string
  script: string
  env: Readonly<Record<string, string>>
  /** Answers 2xx once the part is ready; null = ready when it prints a line whose `msg` is `ready`. */
  probe: string | null
  readyWithinMs: number
}

export type Part = {
  name: string
  pid: number
  /** Resolves, never rejects, with how it ended. */
  exited: Promise<string>
  /** SIGTERM, then SIGKILL after the deadline. */
  stop: (deadlineMs?: number) => Promise<void>
}

type PartOptions = { root: string; print: (part: string, line: string) => void }

/**
 * Starts a part in a process group of its own (so that a terminal's Ctrl-C reaches only the supervisor, which stops
 * parts in order) and waits until it is ready. Rejects with a sentence when it exits first or is not ready in time.
 */
export async function startPart(plan: PartPlan, { root, print }: PartOptions): Promise<Part> {
  const preload = path.join(import.meta.dirname, 'die-with-parent.ts')
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', '--import', preload, path.join(root, plan.script)],
    {
      cwd: root,
      env: { ...baseEnv(), ...plan.env },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      detached: process.platform !== 'win32',
    },
  )
  const saidReady = Promise.withResolvers<void>()
  for (const stream of [child.stdout, child.stderr]) {
    if (!stream) continue
    readline.createInterface({ input: stream }).on('line', (line) => {
      if (line.startsWith('{') && /"msg":"ready"/.test(line)) saidReady.resolve()
      print(plan.name, line)
    })
  }
  const exited = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message))
    child.once('exit', (code, signal) => resolve(signal ? `signal ${signal}` : `exit code ${code}`))
  })
  const part: Part = {
    name: plan.name,
    pid: child.pid ?? 0,
    exited,
    stop: (deadlineMs) => stop(child, exited, deadlineMs),
  }

  const gaveUp = new AbortController()
  const ready = plan.probe ? untilAnswers(plan.probe, gaveUp.signal) : saidReady.promise
  const outcome = await Promise.race([
    ready.then(() => 'ready'),
    exited.then((how) => `${plan.name} stopped before it was ready (${how}); its last lines are above`),
    delay(plan.readyWithinMs, `${plan.name} was not ready within ${plan.readyWithinMs / 1000} s`, {
      signal: gaveUp.signal,
    }),
  ])
  gaveUp.abort()
  ready.catch(() => undefined)
  if (outcome === 'ready') return part
  await part.stop()
  throw new Error(outcome)
}

/** Only what a process needs to run: no secret of one part reaches another through the supervisor's environment. */
function baseEnv(): Record<string, string> {
  const names = [
    'PATH',
    'HOME',
    'USER',
    'LANG',
    'TZ',
    'TMPDIR',
    'TEMP',
    'SystemRoot',
    'LOG_LEVEL',
    'NODE_EXTRA_CA_CERTS',
  ]
  return Object.fromEntries(names.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])))
}

async function stop(child: ReturnType<typeof spawn>, exited: Promise<string>, deadlineMs = 10_000): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGTERM')
  const late = new AbortController()
  const how = await Promise.race([exited, delay(deadlineMs, 'late', { signal: late.signal }).catch(() => 'aborted')])
  late.abort()
  if (how === 'late') {
    child.kill('SIGKILL')
    await exited
  }
}
