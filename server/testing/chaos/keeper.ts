import { setTimeout as wait } from 'node:timers/promises'
import { type Part, type PartPlan, startPart } from '#server/stack/part.ts'

export type Line = { part: string; at: number; text: string }

/** A process that is started again whenever it ends, as a supervisor of a box or a host does. */
export type Keeper = {
  name: string
  /** 0 while it is away. */
  pid: () => number
  /** Sends a signal; false when there is no process. */
  signal: (signal: NodeJS.Signals) => boolean
  /** How long it stays away after its end, milliseconds. */
  downMs: number
  /** How it ended, each time nobody had told it to. */
  ownEnds: string[]
  /** Resolves when it is up. */
  up: () => Promise<void>
  stop: () => Promise<void>
}

type KeeperOptions = {
  root: string
  print: (line: Line) => void
  /** Told how the process ended before it is started again. */
  onEnd?: (how: string) => Promise<void> | void
}

const restartMs = 30

/** Starts the part and keeps it. Rejects when the first start fails. */
export async function keep(plan: PartPlan, options: KeeperOptions): Promise<Keeper> {
  const print = (part: string, text: string) => options.print({ part, at: Date.now(), text })
  let current: Part | null = await startPart(plan, { root: options.root, print })
  const stopping = new AbortController()
  let told = false
  const watching = watch(current)

  async function watch(first: Part): Promise<void> {
    let part = first
    for (;;) {
      const how = await part.exited
      current = null
      if (stopping.signal.aborted) return
      print(plan.name, `ended: ${how}`)
      if (!told) keeper.ownEnds.push(how)
      told = false
      await options.onEnd?.(how)
      await wait(keeper.downMs)
      const next = await begin()
      if (next === null) return
      part = next
    }
  }

  /** Tries until it is up; a start is interrupted by faults like everything else. */
  async function begin(): Promise<Part | null> {
    while (!stopping.signal.aborted) {
      try {
        const part = await startPart(plan, { root: options.root, print })
        if (stopping.signal.aborted) await part.stop(3_000)
        else current = part
        return current
      } catch (error) {
        print(plan.name, String(error))
        await wait(100)
      }
    }
    return null
  }

  const keeper: Keeper = {
    name: plan.name,
    downMs: restartMs,
    ownEnds: [],
    pid: () => current?.pid ?? 0,
    signal(signal) {
      if (current === null) return false
      if (signal === 'SIGKILL' || signal === 'SIGTERM') told = true
      try {
        process.kill(current.pid, signal)
        return true
      } catch {
        return false
      }
    },
    async up() {
      while (keeper.pid() === 0 && !stopping.signal.aborted) await wait(20)
    },
    async stop() {
      stopping.abort()
      const pid = current?.pid
      if (pid !== undefined) {
        try {
          process.kill(pid, 'SIGCONT')
        } catch {
          // Gone already.
        }
      }
      await current?.stop(3_000)
      await watching
    },
  }
  return keeper
}
