import { join } from 'node:path'
import type { Logger } from 'pino'
import { diskFault } from './boot/room-faults.ts'
import { createControlPlane } from './control/control-plane.ts'
import { startRealtime, type Realtime } from './control/realtime.ts'
import { createServerApi } from './control/server-api.ts'
import { createSession, type Session, type SessionInfo } from './control/session.ts'
import { backoffMs } from './core/backoff.ts'
import { reactTo } from './core/decide.ts'
import { reportTimes } from './core/report-rule.ts'
import { watchTimes } from './core/watch-rule.ts'
import type { WorkerEnv } from './env.ts'
import { readInstance } from './instance.ts'
import type { JobDeps, JobTimes } from './jobs/job-deps.ts'
import { createPace } from './jobs/pace.ts'
import { openJournal } from './journal.ts'
import { startLoop, type LoopEnd, type WorkLoop } from './loop.ts'
import { openComfy, type Maker } from './open-comfy.ts'
import { openReplicate } from './replicate/open-replicate.ts'
import type { ReplicateTimes } from './replicate/parts.ts'
import { createRoom } from './room.ts'
import { createRunnableList, type RunnableList } from './runnable-list.ts'
import { noteSickness } from './sickness.ts'
import { wait } from './wait.ts'
import { watchClock } from './watch-clock.ts'

export type WorkerOptions = {
  env: WorkerEnv
  times?: Partial<JobTimes>
  replicateTimes?: Partial<ReplicateTimes>
  /** How long a job in hand may still take when the process is told to stop, milliseconds. */
  graceMs?: number
  log: Logger
}

/** `unfit`: its ComfyUI had to be restarted twice within an hour; the box is to be replaced. */
export type WorkerEnd = LoopEnd | 'unfit'

const defaultTimes: JobTimes = {
  ...watchTimes,
  deliverMs: 15 * 60_000,
  putMs: 60_000,
  beatMs: reportTimes.beatMs,
}

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

/** Why none of the folders that are written to has room, or null. */
async function roomFault(env: WorkerEnv): Promise<string | null> {
  const folders = [env.WORKER_DATA, env.COMFY_INPUT_DIR, env.COMFY_TEMP_DIR].filter((folder) => folder !== undefined)
  const faults = await Promise.all(folders.map((folder) => diskFault(folder)))
  return faults.find((fault) => fault !== null) ?? null
}

/** A ComfyUI that was sick twice within an hour will be again: the server is told before the process ends. */
async function endSick(env: WorkerEnv, deps: Pick<JobDeps, 'control' | 'log'>): Promise<WorkerEnd> {
  if ((await noteSickness(env.WORKER_DATA)) < 2) return 'stuck'
  const reason = 'ComfyUI had to be restarted twice within an hour'
  await deps.control
    .unfit(reason, AbortSignal.timeout(5_000))
    .catch((error: unknown) => deps.log.error({ err: error }, 'unfitness not heard'))
  return 'unfit'
}

/**
 * Runs a worker until `stop` aborts, it is drained, its key is revoked or its ComfyUI is sick. Rejects when the key is
 * refused at the start or the installation is broken.
 */
export async function runWorker(options: WorkerOptions, stop: AbortSignal): Promise<WorkerEnd> {
  const { env, log } = options
  const instance = await readInstance(env.WORKER_DATA)
  const journal = await openJournal(join(env.WORKER_DATA, 'journal'))
  const times = { ...defaultTimes, ...options.times }
  const api = createServerApi(env.FORGE_SERVER_URL, 15_000)
  const session = createSession(api, { key: env.FORGE_WORKER_KEY, instance })
  const control = createControlPlane(api, session)
  let list: RunnableList | undefined
  const hasJobInHand = (await journal.list()).length > 0
  const onFound = async (found: Maker['found']) => list?.replace(found)
  const { replicateToken: token } = env
  const maker =
    token === null
      ? await openComfy({ env, times, instance, hasJobInHand, onFound, log }, stop)
      : await openReplicate({ env, token, control, journal, times: options.replicateTimes ?? {}, log }, stop)
  const { capabilities } = maker.found
  session.describe(capabilities)
  const runnable = (list = createRunnableList(maker.found, session.announce, log))
  let realtime: Realtime | undefined
  let unwatch = () => {}
  try {
    const info = await firstSession(session, log, stop)
    const deps: Omit<JobDeps, 'onDrain'> = {
      control,
      backend: maker.backend,
      runnable,
      openFrames: (attempt) => realtime?.openFrames(attempt) ?? { send() {}, close() {} },
      journal,
      pace: createPace(),
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
    const tell = async (reason: string | null) => {
      await control.unfit(reason, AbortSignal.timeout(5_000))
      // The server has emptied the list of a box that was unfit.
      if (reason === null) await session.announce(runnable.capabilities())
    }
    const room = createRoom({ fault: () => roomFault(env), tell, log })
    loop = startLoop(deps, { pollMs: env.POLL_MS, graceMs: options.graceMs ?? env.GRACE_MS, room, log }, stop)
    if (capabilities.templates.length > 0) {
      // A former process may have called this box unfit; its self-test has just passed.
      void control.unfit(null, AbortSignal.timeout(5_000)).catch(() => {})
    }
    unwatch = watchClock(() => {
      log.warn('time has jumped: leases are asked for again')
      maker.reconnect?.()
      loop?.recheck()
    })
    log.info({ instance, ...capabilities }, 'ready')
    if (capabilities.templates.length === 0) log.warn('this box can run nothing: every template is unavailable')
    const why = await loop.ended
    return why === 'stuck' ? await endSick(env, deps) : why
  } finally {
    unwatch()
    maker.close()
    await realtime?.close()
  }
}
