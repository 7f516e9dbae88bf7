import { wait } from '#worker/wait.ts'
import type { ComfyHttp } from './http.ts'
import { isUnreachable } from './when-reachable.ts'

/** `busy`: ComfyUI still runs something that nobody wants · `stuck`: it has for longer than it may. */
export type Verdict = 'free' | 'busy' | 'stuck'

/**
 * Prompts that were cancelled, or given up, before ComfyUI had ended them. "Cancelled" is no promise: a node that blocks
 * runs to its end, and a prompt worker that died never ends anything. Until they are over nothing new is worth posting.
 */
export type Leftovers = {
  /** `patienceMs`: how long ComfyUI may take to end it before it counts as stuck. */
  add: (promptId: string, patienceMs: number) => void
  /** Forgets what has ended, history entry and all; waits a little for what is ending. Never throws but for the signal. */
  check: (signal: AbortSignal) => Promise<Verdict>
}

const pollMs = 50

/** `endingMs`: how long a check waits for what is ending; an interrupt in mid-sampling takes about a tenth of a second. */
export function createLeftovers(http: ComfyHttp, endingMs = 1_500): Leftovers {
  const deadlines = new Map<string, number>()

  async function drop(promptId: string, signal: AbortSignal): Promise<void> {
    try {
      const job = await http.job(promptId, signal)
      if (job?.status === 'pending' || job?.status === 'in_progress') return
      if (job) await http.forget(promptId, signal)
      deadlines.delete(promptId)
    } catch (error) {
      if (!isUnreachable(error)) throw error
    }
  }

  async function sweep(signal: AbortSignal): Promise<void> {
    await Promise.all([...deadlines.keys()].map((promptId) => drop(promptId, signal)))
  }

  return {
    add(promptId, patienceMs) {
      deadlines.set(promptId, performance.now() + patienceMs)
    },
    async check(signal) {
      const until = performance.now() + endingMs
      while (deadlines.size > 0) {
        await sweep(signal)
        const now = performance.now()
        if (now < until && deadlines.size > 0) await wait(pollMs, signal)
        else if (deadlines.size > 0) return now > Math.min(...deadlines.values()) ? 'stuck' : 'busy'
      }
      return 'free'
    },
  }
}
