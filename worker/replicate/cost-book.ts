import type { ClaimedJob } from '#shared/worker/schema.ts'
import { backoffMs } from '#worker/core/backoff.ts'
import { reactTo } from '#worker/core/decide.ts'
import { wait } from '#worker/wait.ts'
import type { ReplicateParts } from './parts.ts'

/** What an attempt's predictions cost, told until it is heard; telling an amount twice books it once. */
export type CostBook = {
  /** Books the prediction in hand. Never throws: an image is not lost because its cost was not heard. */
  book: (usdMicros: number, limitMs: number) => Promise<void>
  /** True once the prediction in hand is booked. */
  isBooked: () => boolean
  /** Another prediction is created, which this very attempt pays. */
  turn: () => void
}

/** The prediction that a job brings along was paid by the attempt that its notes name. */
export function createCostBook({ control, log }: Pick<ReplicateParts, 'control' | 'log'>, job: ClaimedJob): CostBook {
  let epoch = job.remote?.paidEpoch ?? job.epoch
  // The highest amount counts, so that of a second prediction in one attempt is added to the first's.
  let before = 0
  let amount = 0
  let heard = false
  return {
    isBooked: () => heard,
    turn() {
      before = epoch === job.epoch ? before + amount : 0
      epoch = job.epoch
      amount = 0
      heard = false
    },
    async book(usdMicros, limitMs) {
      amount = Math.max(amount, usdMicros)
      const entry = { job: job.id, epoch }
      const total = before + amount
      const signal = AbortSignal.timeout(limitMs)
      for (let attempt = 0; ; attempt += 1) {
        try {
          await control.bookCost(entry, total, signal)
          heard = true
          return
        } catch (error) {
          if (signal.aborted || reactTo(error) !== 'retry') {
            // Somebody has to put it into the books by hand.
            log.error({ ...entry, usdMicros: total, err: error }, 'cost of a prediction not booked')
            return
          }
        }
        await wait(backoffMs(attempt, { baseMs: 500, capMs: 10_000 }, Math.random()), signal).catch(() => {})
      }
    },
  }
}
