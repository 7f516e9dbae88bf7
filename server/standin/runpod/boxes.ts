import { randomBytes } from 'node:crypto'
import type { Fate } from './faults.ts'

/** What ids of boxes begin with, by which nobody takes one for real. */
export const standinPrefix = 'standin'

/** A pod, or a serverless worker that one wake runs on. */
export type RentedBox = {
  id: string
  name: string
  kind: 'pod' | 'wake'
  env: Readonly<Record<string, string>>
  usdPerHour: number
  gpu: string
  cloud: 'SECURE' | 'COMMUNITY'
  image: string
  madeAt: number
  fate: Fate | null
  endedAt: number | null
  /** How a wake ended. */
  outcome: 'COMPLETED' | 'CANCELLED' | 'FAILED' | null
}

export type Timings = {
  /** From the request to PROVISIONING's end, and from there until it is healthy, milliseconds. */
  provisionMs: number
  startMs: number
  /** How long a list may not show what was just made. */
  listLagMs: number
  /** When a doomed box vanishes. */
  vanishMs: number
}

/** What a rented box does; told when it is healthy and when it has to go. Absent = nothing runs in it. */
export type BoxRunner = { start: (box: RentedBox, onExit: () => void) => void; stop: (box: RentedBox) => void }

export type PodStatus = 'PROVISIONING' | 'STARTING' | 'RUNNING' | 'TERMINATED'

/** Everything rented, its state derived from the clock, so that time can be made to pass. */
export function createBoxes({
  now,
  timings,
  runner,
}: {
  now: () => number
  timings: Timings
  runner: BoxRunner | null
}) {
  const boxes = new Map<string, RentedBox>()
  const end = (box: RentedBox, outcome: RentedBox['outcome']) => {
    if (box.endedAt !== null) return
    box.endedAt = now()
    box.outcome = outcome
    runner?.stop(box)
  }
  /** Boxes that were to vanish by now have. */
  const settle = () => {
    for (const box of boxes.values())
      if (box.fate === 'vanish' && now() - box.madeAt > timings.vanishMs) end(box, 'FAILED')
  }
  return {
    make(wish: Omit<RentedBox, 'id' | 'madeAt' | 'endedAt' | 'outcome'>): RentedBox {
      const id = `${standinPrefix}${randomBytes(7).toString('hex')}`
      const box = { ...wish, id, madeAt: now(), endedAt: null, outcome: null }
      boxes.set(box.id, box)
      if (box.fate !== 'stuck' && box.fate !== 'blind') runner?.start(box, () => end(box, 'COMPLETED'))
      return box
    },
    end,
    find(id: string, kind: RentedBox['kind']): RentedBox | null {
      settle()
      const box = boxes.get(id)
      return box?.kind === kind ? box : null
    },
    alive(kind?: RentedBox['kind']): RentedBox[] {
      settle()
      return [...boxes.values()].filter((box) => box.endedAt === null && (kind === undefined || box.kind === kind))
    },
    /** As a list shows them: what was made a moment ago is not there yet. */
    listed: () =>
      [...boxes.values()].filter(
        (box) => box.kind === 'pod' && box.endedAt === null && now() - box.madeAt >= timings.listLagMs,
      ),
    podStatus(box: RentedBox): PodStatus {
      if (box.endedAt !== null) return 'TERMINATED'
      const age = now() - box.madeAt
      if (age < timings.provisionMs) return 'PROVISIONING'
      return box.fate === 'stuck' || age < timings.provisionMs + timings.startMs ? 'STARTING' : 'RUNNING'
    },
    /** Wakes wait while their worker is being found; that costs nothing. */
    wakeStatus(box: RentedBox) {
      if (box.outcome !== null) return box.outcome
      return box.fate === 'stuck' || now() - box.madeAt < timings.provisionMs ? 'IN_QUEUE' : 'IN_PROGRESS'
    },
    /** What RunPod will put on the bill, US dollars. */
    billedUsd(): number {
      settle()
      let sum = 0
      for (const box of boxes.values()) {
        const from = box.kind === 'wake' ? box.madeAt + timings.provisionMs : box.madeAt
        const until = box.endedAt ?? now()
        if (!(box.kind === 'wake' && box.fate === 'stuck'))
          sum += (Math.max(0, until - from) / 3_600_000) * box.usdPerHour
      }
      return sum
    },
    stopAll() {
      for (const box of boxes.values()) end(box, 'CANCELLED')
    },
  }
}
export type Boxes = ReturnType<typeof createBoxes>
