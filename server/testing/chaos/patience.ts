import { availableParallelism, loadavg } from 'node:os'
import { setTimeout as wait } from 'node:timers/promises'

/** What this stack itself puts on each core in a run, and the longest that anybody is waited for. */
const ownLoad = 2
const most = 8

/**
 * How many times longer than on an idle machine everything may take, from what waits for each of its cores now: a box
 * that does not get its turn is not dead, and a promise is not broken by whoever else uses the machine.
 */
export function patienceNow(perCore = (loadavg()[0] ?? 0) / availableParallelism()): number {
  return Math.min(most, Math.max(1, Math.round(perCore / ownLoad)))
}

const pollMs = 50
/** A pause counts for this much at most: what is longer is time in which this process had no turn itself. */
const countsMs = 2 * pollMs

/** Asks until it holds; false when `ms` went by first. */
export async function until(ms: number, holds: () => Promise<boolean>): Promise<boolean> {
  for (let waited = 0; ;) {
    const began = performance.now()
    if (await holds().catch(() => false)) return true
    if (waited > ms) return false
    await wait(pollMs)
    waited += Math.min(countsMs, performance.now() - began)
  }
}
