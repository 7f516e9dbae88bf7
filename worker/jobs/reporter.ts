import type { Logger } from 'pino'
import type { ProgressReply } from '#shared/worker/schema.ts'
import { reactTo } from '#worker/core/decide.ts'
import type { Progress } from '#worker/core/read-progress.ts'
import { reportDelay, reportTimes } from '#worker/core/report-rule.ts'
import { createBell, wait } from '#worker/wait.ts'
import type { StopKind } from './job-stop.ts'

export type ReporterOptions = {
  send: (progress: Progress, signal: AbortSignal) => Promise<ProgressReply>
  onStop: (kind: StopKind) => void
  onDrain: () => void
  /** What the latest beat said of the whole fleet (see `progressReply`). */
  onBusy: (busy: boolean) => void
  log: Logger
  times?: { stepMs: number; beatMs: number }
}

/** Keeps one attempt's row and lease moving for as long as it is open. */
export type Reporter = {
  /** The newest progress; written when `reportDelay` says so, never queued. */
  update: (progress: Progress) => void
  /** Time has jumped, so the lease may be over: a beat goes out now, and until it is answered nothing is handed in. */
  recheck: () => void
  /** Until no `recheck` is unanswered. */
  confirmed: () => Promise<void>
  close: () => Promise<void>
}

/** A beat that was not heard comes again after this, milliseconds: often enough to save a 30 s lease. */
const unheardMs = 2_000

/** Starts with `first`, at once: the row says that this worker has the job. One report is under way at a time. */
export function startReporter(first: Progress, options: ReporterOptions): Reporter {
  const { times = reportTimes, log } = options
  const closed = new AbortController()
  const bell = createBell()
  let newest = first
  let last: { progress: Progress; at: number } | null = null
  let unconfirmed: PromiseWithResolvers<void> | undefined

  function confirm(): void {
    unconfirmed?.resolve()
    unconfirmed = undefined
  }

  async function report(): Promise<void> {
    const progress = newest
    try {
      const reply = await options.send(progress, closed.signal)
      last = { progress, at: performance.now() }
      options.onBusy(reply.busy)
      if (reply.drain) options.onDrain()
      if (reply.over) options.onStop('over')
      // Over or not: whatever is written next, the fence decides.
      confirm()
    } catch (error) {
      if (closed.signal.aborted) return
      const reaction = reactTo(error)
      if (reaction === 'drop') options.onStop('over')
      if (reaction === 'stop') options.onStop('revoked')
      log.warn({ err: error, reaction }, 'beat not heard')
      await wait(unheardMs, closed.signal)
    }
  }

  async function loop(): Promise<void> {
    while (!closed.signal.aborted) {
      const delay = reportDelay(last, newest, performance.now(), times)
      if (delay <= 0) await report()
      else await bell.wait(delay, closed.signal)
    }
  }

  const ended = loop().catch((error: unknown) => {
    if (!closed.signal.aborted) log.error({ err: error }, 'reporter stopped')
  })
  return {
    update(progress) {
      newest = progress
      bell.ring()
    },
    recheck() {
      unconfirmed ??= Promise.withResolvers()
      last = null
      bell.ring()
    },
    confirmed: async () => unconfirmed?.promise,
    async close() {
      closed.abort()
      confirm()
      await ended
    },
  }
}
