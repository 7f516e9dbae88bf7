import { join } from 'node:path'
import type { Logger } from 'pino'
import { bootBox } from './boot/boot-box.ts'
import { createEngineState } from './comfy/engine-state.ts'
import { createComfyHttp } from './comfy/http.ts'
import { openComfySocket } from './comfy/socket.ts'
import { createControlPlane } from './control/control-plane.ts'
import { startRealtime, type Realtime } from './control/realtime.ts'
import { createServerApi } from './control/server-api.ts'
import { createSession, type Session, type SessionInfo } from './control/session.ts'
import { backoffMs } from './core/backoff.ts'
import { reactTo } from './core/decide.ts'
import { watchTimes } from './core/watch-rule.ts'
import type { WorkerEnv } from './env.ts'
import { readInstance } from './instance.ts'
import type { JobDeps, JobTimes } from './jobs/job-deps.ts'
import { openJournal } from './journal.ts'
import { startLoop, type LoopEnd, type WorkLoop } from './loop.ts'
import { wait } from './wait.ts'

export type WorkerOptions = {
  env: WorkerEnv
  times?: Partial<JobTimes>
  /** How long a job in hand may still take when the process is told to stop, milliseconds. */
  graceMs?: number
  log: Logger
}

const defaultTimes: JobTimes = { ...watchTimes, deliverMs: 15 * 60_000, putMs: 60_000 }

/** The first token; waits for a server that is not up yet, but not for a key that is refused. */
async function firstSession(session: Session, log: Logger, signal: AbortSignal): Promise<SessionInfo> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await session.current(signal)
    } catch (error) {
      signal.throwIfAborted()
      const reaction = reactTo(error)
      if (reaction !== 'retry' && reaction !== 'renew') throw error
      log.warn({ attempt, err: error }, 'no session yet')
    }
    await wait(backoffMs(attempt, { baseMs: 300, capMs: 5_000 }, Math.random()), signal)
  }
}

/**
 * Runs a worker until `stop` aborts, it is drained, or its key is revoked. Rejects when the key is refused at the start
 * or the installation is broken.
 */
export async function runWorker(options: WorkerOptions, stop: AbortSignal): Promise<LoopEnd> {
  const { env, log } = options
  const instance = await readInstance(env.WORKER_DATA)
  const journal = await openJournal(join(env.WORKER_DATA, 'journal'))
  const http = createComfyHttp({ url: env.COMFY_URL, timeoutMs: 30_000 })
  // The same client id after a restart: events of a prompt go to the id that posted it.
  const socket = openComfySocket({ url: env.COMFY_URL, clientId: `forge-${instance}` })
  const times = { ...defaultTimes, ...options.times }
  const hasJobInHand = (await journal.list()).length > 0
  const boot = await bootBox({ env, deps: { http, socket, times }, hasJobInHand, log }, stop).catch(
    (error: unknown) => {
      socket.close()
      throw error
    },
  )
  const { capabilities, templates, warm } = boot
  const api = createServerApi(env.FORGE_SERVER_URL, 15_000)
  const session = createSession(api, { key: env.FORGE_WORKER_KEY, instance, capabilities })
  const info = await firstSession(session, log, stop)

  let realtime: Realtime | undefined
  const deps: Omit<JobDeps, 'onDrain'> = {
    control: createControlPlane(api, session),
    http,
    socket,
    engine: createEngineState(http, { input: env.COMFY_INPUT_DIR, temp: env.COMFY_TEMP_DIR }, log),
    templates,
    openFrames: (attempt) => realtime?.openFrames(attempt) ?? { send() {}, close() {} },
    journal,
    warm: new Set(warm === null ? [] : [warm]),
    standIn: capabilities.standIn,
    times,
    log,
  }
  let loop: WorkLoop | undefined
  realtime = startRealtime(
    info,
    session,
    {
      onWake: () => loop?.wake(),
      onCancel: (attempt) => loop?.cancel(attempt),
      onDrain: () => loop?.drain(),
    },
    log,
  )
  loop = startLoop(deps, { pollMs: env.POLL_MS, graceMs: options.graceMs ?? 8_000, log }, stop)
  log.info({ instance, ...capabilities }, 'ready')
  if (capabilities.templates.length === 0) log.warn('this box can run nothing: every template is unavailable')
  try {
    return await loop.ended
  } finally {
    socket.close()
    await realtime.close()
  }
}
