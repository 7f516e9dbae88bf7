import { setTimeout as delay } from 'node:timers/promises'
import { type Part, type PartPlan, startPart } from './part.ts'

export type Supervised = { name: string; stop: () => Promise<void> }

type SuperviseOptions = {
  root: string
  print: (part: string, line: string) => void
  onGivenUp: (name: string, how: string) => void
}

/** A part that dies this often within the window is not started again. */
const giveUp = { deaths: 5, withinMs: 60_000 }

/** Starts a part, waits until it is ready, and starts it again whenever it dies. Rejects when the first start fails. */
export async function supervise(plan: PartPlan, { root, print, onGivenUp }: SuperviseOptions): Promise<Supervised> {
  const stopped = new AbortController()
  let current: Part = await startPart(plan, { root, print })
  const watching = watch()

  async function watch(): Promise<void> {
    const deaths: number[] = []
    for (;;) {
      const how = await current.exited
      if (stopped.signal.aborted) return
      deaths.push(performance.now())
      const recent = deaths.filter((at) => performance.now() - at < giveUp.withinMs).length
      if (recent >= giveUp.deaths) return onGivenUp(plan.name, how)
      print(plan.name, `stopped by itself (${how}); starting it again`)
      await delay(200 * recent, undefined, { signal: stopped.signal }).catch(() => undefined)
      if (stopped.signal.aborted) return
      current = await startPart(plan, { root, print }).catch((error: unknown) => ({
        name: plan.name,
        pid: 0,
        exited: Promise.resolve(error instanceof Error ? error.message : String(error)),
        stop: () => Promise.resolve(),
      }))
    }
  }

  return {
    name: plan.name,
    async stop() {
      stopped.abort()
      await current.stop()
      await watching
      await current.stop()
    },
  }
}
