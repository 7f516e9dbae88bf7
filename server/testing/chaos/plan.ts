import { oneOf, pick, type Random, seeded, uuidOf } from '#supabase/tests/soak/random.ts'
import { allKinds, type FaultKind, specOf } from './fault-kinds.ts'
import type { Params } from './fault-spec.ts'

export type Press = {
  atMs: number
  /** Which of the world's people. */
  owner: number
  purse: 'free' | 'credits'
  requestId: string
  mode: (typeof modes)[number]
  /** Images beyond the least that the mode takes, where it takes more. */
  more: number
  count: number
  seed: string
  /** The same request sent twice at once, as an impatient hand does. */
  twice: boolean
  /** Cancels one of its images so long after the press; null = none. */
  cancel: { ordinal: number; afterMs: number } | null
  /** Kills every worker that claims it. */
  poison: boolean
}

export type PlannedFault = { kind: FaultKind; atMs: number } & Params

/** Everything that a run does, decided before it begins. The same seed gives the same plan, always. */
export type Plan = { seed: number; presses: Press[]; faults: PlannedFault[] }

export type PlanOptions = {
  /** Only these kinds; all when absent. */
  only?: readonly FaultKind[]
  /** How many faults; one to three when absent. */
  faults?: number
}

/** Two who buy, one member with free images, one guest. */
export const people = { buyers: 2, members: 3, guests: 1 } as const
/** Free images that one of them may use in a run: less than a day's. */
const freeImages = 8
/** Every mode that the studio has. */
const modes = ['remix', 'style', 'tonic', 'mashup', 'inpaint'] as const
/** One run in so many is a burst. */
const burstEvery = 12

/** The plan of a seed: an ordinary minute of the studio in a second, and one to three faults in its midst. */
export function planOf(seed: number, options: PlanOptions = {}): Plan {
  const random = seeded(seed * 2_654_435_761)
  const kinds = options.only ?? allKinds
  const faults = Array.from({ length: options.faults ?? 1 + pick(random, 3) }, () => drawFault(random, kinds))
  const burst = pick(random, burstEvery) === 0
  const presses = Array.from({ length: burst ? 14 : 3 + pick(random, 3) }, () => drawPress(random, burst))
  if (faults.some(({ kind }) => kind === 'poison')) presses.push({ ...drawPress(random, false), ...poison })
  presses.sort((a, b) => a.atMs - b.atMs)
  keepWithinFree(presses)
  return { seed, presses, faults: faults.sort((a, b) => a.atMs - b.atMs) }
}

const poison = { poison: true, count: 1, cancel: null, mode: 'remix' } as const

function drawFault(random: Random, kinds: readonly FaultKind[]): PlannedFault {
  const whole = kinds.reduce((sum, kind) => sum + specOf(kind).weight, 0)
  let dice = random() * whole
  const kind = kinds.find((one) => (dice -= specOf(one).weight) < 0) ?? kinds[0] ?? 'worker-killed'
  return { kind, atMs: pick(random, 900), ...specOf(kind).draw(random) }
}

function drawPress(random: Random, burst: boolean): Press {
  const owner = pick(random, people.members + people.guests)
  const count = burst ? 1 : 1 + pick(random, 2)
  return {
    atMs: burst ? pick(random, 150) : pick(random, 900),
    owner,
    purse: owner < people.buyers ? 'credits' : 'free',
    requestId: uuidOf(random),
    mode: oneOf(random, modes) ?? 'remix',
    more: pick(random, 3),
    count,
    seed: String(pick(random, 1_000_000)),
    twice: random() < 0.2,
    cancel: random() < 0.3 ? { ordinal: pick(random, count), afterMs: pick(random, 900) } : null,
    poison: false,
  }
}

/** Whoever would press for more free images than there are leaves the rest to somebody who pays. */
function keepWithinFree(presses: Press[]): void {
  const used = new Map<number, number>()
  for (const press of presses) {
    if (press.purse === 'credits') continue
    const total = (used.get(press.owner) ?? 0) + press.count
    if (total <= freeImages) used.set(press.owner, total)
    else Object.assign(press, { owner: 0, purse: 'credits' })
  }
}
