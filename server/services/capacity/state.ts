import { z } from 'zod'
import { prewarmRule } from '#shared/operator/prewarm.ts'

/** Ordered: a job goes to a box whose trust is at least what it asks for. As `worker_trust` in SQL. */
export const trusts = ['provider', 'community', 'datacenter', 'own'] as const
export type Trust = (typeof trusts)[number]

const trust = z.enum(trusts)
const ms = z.int()

export const boxRow = z.object({
  id: z.uuid(),
  pool: z.string(),
  name: z.string(),
  remote_id: z.string().nullable(),
  state: z.enum(['asked', 'starting', 'up', 'draining']),
  usd_per_hour: z.number(),
  templates: z.array(z.string()),
  trust,
  /** Whether the provider is known to charge for it. */
  charged: z.boolean(),
  asked_at: ms,
  up_at: ms.nullable(),
  draining_at: ms.nullable(),
  /** Last sign of life of its worker; null before the first. */
  seen_at: ms.nullable(),
  /** When it last asked for work or told of a job; null: never, or it has left. */
  active_at: ms.nullable(),
  /** Jobs it has in hand. */
  running: z.int(),
  unfit: z.boolean(),
  /** Until when it was at work, or since when it is up. */
  busy_at: ms.nullable(),
})
export type Box = z.infer<typeof boxRow>

/** What `take_capacity` answers: all that a decision needs to know of our side. Times in ms since 1970, money in USD. */
export const capacityState = z.object({
  now: ms,
  settings: z.object({
    min_trust: trust,
    capacity_min: z.int(),
    capacity_max: z.int(),
    capacity_hourly_usd: z.number().nullable(),
    capacity_target_wait_s: z.int(),
    capacity_idle_s: z.int(),
    capacity_cool_s: z.int(),
    capacity_max_age_s: z.int(),
    capacity_prewarm: z.array(prewarmRule),
  }),
  /** The day's money is gone, or so nearly that boxes are drained. */
  halted: z.boolean(),
  /** Of the day's cap; null without one. */
  left_usd: z.number().nullable(),
  /** Queued work by template and by the trust that it asks for. */
  demand: z.array(z.object({ template: z.string(), trust, jobs: z.int(), work_ms: z.number() })),
  /** Live workers that are not rented here. */
  others: z.array(z.object({ templates: z.array(z.string()), trust })),
  pools: z.array(
    z.object({
      name: z.string(),
      cool_until: ms,
      p50_ms: z.int(),
      p99_ms: z.int(),
      /** Templates that its newest box said it cannot run: none is rented for them. */
      lacks: z.array(z.string()),
    }),
  ),
  boxes: z.array(boxRow),
  /** Open alerts of boxes that no open row knows, by their id at the provider. */
  removals: z.array(z.object({ pool: z.string(), subject: z.string() })),
  /** Since when ticks came without a pause: silence is counted from here, so that an outage of ours kills no box. */
  watching_since: ms,
  last_asked_at: ms.nullable(),
  last_drained_at: ms.nullable(),
})
export type CapacityState = z.infer<typeof capacityState>

/** A pool as this process can serve it, best first. */
export type PoolOffer = {
  name: string
  templates: readonly string[]
  trust: Trust
  /** The most that one box of it may cost, US dollars an hour. */
  usdPerHour: number
  /** Whether the provider lists boxes by name, so that a lost answer can be found again. */
  listed: boolean
}

/** A box as its provider sees it. `waiting` costs nothing yet; `broken` exists, costs, and will never work. */
export type Remote = {
  id: string
  /** null where the provider keeps no names. */
  name: string | null
  status: 'waiting' | 'starting' | 'running' | 'broken' | 'ended'
  usdPerHour: number | null
}

/** Why a box is given back; the words stand in `boxes.reason`. */
export type Reason =
  | 'idle'
  | 'surplus'
  | 'halted'
  | 'max_age'
  | 'unfit'
  | 'too_dear'
  | 'silent'
  | 'never_up'
  | 'broken'
  | 'vanished'
  | 'lost'
  | 'orphan'

export type Action =
  | { kind: 'ask'; pool: string }
  /** The provider has it: note its id, its price and whether it costs. */
  | { kind: 'note'; box: Box; remote: Remote }
  | { kind: 'drain'; box: Box; reason: Reason }
  /** Remove it at the provider, then end it. */
  | { kind: 'remove'; box: Box; reason: Reason }
  /** The provider has it no more, or never had. */
  | { kind: 'end'; box: Box; reason: Reason }
  /** A box of ours that no open row knows. */
  | { kind: 'sweep'; pool: string; remoteId: string }
