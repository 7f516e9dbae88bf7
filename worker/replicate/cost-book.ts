import type { AttemptRef } from '#worker/control/report-progress.ts'
import { backoffMs } from '#worker/core/backoff.ts'
import { reactTo } from '#worker/core/decide.ts'
import { wait } from '#worker/wait.ts'
import type { ReplicateParts } from './parts.ts'

/** The cost of one attempt's prediction, told until it is heard; telling it twice books it once. */
export type CostBook = {
  /** Never throws: an image is not lost because its cost was not heard. False = not heard. */
  book: (paidEpoch: number, usdMicros: number, limitMs: number) => Promise<boolean>
  /** True once some amount was heard. */
  isBooked: () => boolean
}

export function createCostBook({ control, log }: Pick<ReplicateParts, 'control' | 'log'>, ref: AttemptRef): CostBook {
  let booked = false
  return {
    isBooked: () => booked,
    async book(paidEpoch, usdMicros, limitMs) {
      const signal = AbortSignal.timeout(limitMs)
      const entry = { job: ref.job, epoch: paidEpoch }
      for (let attempt = 0; ; attempt += 1) {
        try {
          await control.bookCost(entry, usdMicros, signal)
          booked = true
          return true
        } catch (error) {
          const isFinal = signal.aborted || reactTo(error) !== 'retry'
          if (isFinal) {
            // Somebody has to put it into the books by hand.
            log.error({ ...entry, usdMicros, err: error }, 'cost of a prediction not booked')
            return false
          }
        }
        await wait(backoffMs(attempt, { baseMs: 500, capMs: 10_000 }, Math.random()), signal).catch(() => {})
      }
    },
  }
}
