import type { Logger } from 'pino'
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import type { Database } from '#server/adapters/database/port.ts'
import { ForgeError } from '#shared/errors.ts'

/** What is known of a box's manners: how often it calls, and what it was refused. */
export type BoxWatch = {
  /** Throws RATE_LIMITED {retry_after_s} when a box calls more often than any could have reason to. */
  spend: (worker: string) => Promise<void>
  /** Counts a refusal. Nobody waits for it: they are gathered and told to the database together. */
  note: (worker: string, refusal: ForgeError) => void
  /** Tells what is gathered; for tests and the end of a process. */
  flush: () => Promise<void>
}

export type WatchOptions = { database: Pick<Database, 'noteRefusals'>; log: Logger; gatherMs?: number }

/** Calls of one box in this process: a box that makes fifty images a second needs 150 a second. */
export const boxCalls = { points: 1_500, durationS: 5 }
/** Ours, not the box's. */
const ignored: ReadonlySet<string> = new Set(['UNAVAILABLE', 'INTERNAL', 'UNAUTHENTICATED'])

export function createBoxWatch({ database, log, gatherMs = 500 }: WatchOptions): BoxWatch {
  const calls = new RateLimiterMemory({ keyPrefix: 'box', points: boxCalls.points, duration: boxCalls.durationS })
  const counts = new Map<string, number>()
  let timer: NodeJS.Timeout | undefined

  function count(worker: string, reason: string): void {
    const name = `${worker} ${reason}`
    counts.set(name, (counts.get(name) ?? 0) + 1)
    timer ??= setTimeout(() => void flush(), gatherMs).unref()
  }

  async function flush(): Promise<void> {
    clearTimeout(timer)
    timer = undefined
    if (counts.size === 0) return
    const notes = [...counts].map(([name, number]) => {
      const [worker = '', reason = ''] = name.split(' ')
      return { worker, reason, count: number }
    })
    counts.clear()
    await database.noteRefusals(notes).catch((error: unknown) => log.warn({ err: error }, 'refusals not counted'))
  }

  return {
    async spend(worker) {
      try {
        await calls.consume(worker)
      } catch (error) {
        if (!(error instanceof RateLimiterRes)) throw error
        count(worker, 'RATE_LIMITED')
        throw new ForgeError('RATE_LIMITED', { retry_after_s: Math.max(1, Math.ceil(error.msBeforeNext / 1_000)) })
      }
    },
    note(worker, { code, data }) {
      if (!ignored.has(code)) count(worker, data['theirs'] === false ? 'NOT_THEIRS' : code)
    },
    flush,
  }
}
