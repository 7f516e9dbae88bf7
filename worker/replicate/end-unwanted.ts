import { wait } from '#worker/wait.ts'
import { isTerminal, type Prediction } from './api.ts'
import type { Run } from './attempt.ts'
import { billed } from './billing.ts'
import { findLost } from './find-lost.ts'

type Unwanted = { usdMicros: number; model: string; isLeft: boolean }

/** The prediction that may be running for this attempt, if any shows. */
async function current(run: Run, model: string, signal: AbortSignal): Promise<Prediction | null> {
  const { id, postedAt, marker } = run.notes.facts()
  if (run.seen) return run.seen
  if (id !== undefined) return run.client.get(id, signal)
  if (!run.isPosting || postedAt === undefined) return null
  const lost = { model, input: null, marker: marker ?? null, postedAt: Date.parse(postedAt) }
  return findLost(run.client, lost, signal)
}

async function cancel({ client, times }: Run, id: string, signal: AbortSignal): Promise<Prediction> {
  let seen = await client.cancel(id, signal)
  while (!isTerminal(seen)) {
    await wait(times.pollMs, signal)
    seen = await client.get(id, signal)
  }
  return seen
}

/**
 * Ends what nobody wants any more and books it. What cannot be found out in time is booked with its whole price: the
 * day's cap is kept rather by too much than by too little. One that is `left` goes on, for the next attempt. Never throws.
 */
export async function endUnwanted(run: Run, { usdMicros, model, isLeft }: Unwanted): Promise<void> {
  const { costs, notes, job, times, log } = run
  if (costs.isBooked()) return
  const hasBegun = run.seen !== null || run.isPosting || notes.facts().id !== undefined
  if (!hasBegun) return
  const signal = AbortSignal.timeout(times.endMs)
  const cost = async () => {
    if (isLeft) return usdMicros
    const found = await current(run, model, signal)
    if (!found) return run.isPosting ? usdMicros : 0
    return billed(isTerminal(found) ? found : await cancel(run, found.id, signal), usdMicros)
  }
  const micros = await cost().catch((error: unknown) => {
    log.warn({ job: job.id, epoch: job.epoch, err: error }, 'how a prediction ended is not known: booked in full')
    return usdMicros
  })
  await costs.book(micros, times.endMs)
}
