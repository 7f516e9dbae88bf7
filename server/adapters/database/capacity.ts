import { z } from 'zod'
import type { Supabase } from '#server/adapters/supabase.ts'
import { type CapacityState, type PoolOffer, capacityState } from '#server/services/capacity/state.ts'
import { call } from './calls.ts'

export type NewBox = {
  id: string
  pool: string
  provider: string
  name: string
  key_hash: string
  templates: string[]
  trust: string
  usd_per_hour: number
}

/** `unwatched`: rented boxes whose provider no server has spoken to for five minutes. */
export type Saved = { step: string; before: string; unwatched: number }

/** Boxes, wanted and real, in Postgres. False means that another server holds the lease by now. */
export type CapacityStore = {
  /** null while another server holds the lease. */
  take: (holder: string, pools: readonly (PoolOffer & { provider: string })[]) => Promise<CapacityState | null>
  ask: (holder: string, box: NewBox) => Promise<boolean>
  /** The box's state after the provider's answer; `gone`: nobody waits for it any more. */
  answer: (
    box: string,
    fact: { remoteId: string; usdPerHour: number | null; charged: boolean },
  ) => Promise<'starting' | 'up' | 'draining' | 'gone'>
  drain: (holder: string, box: string, reason: string) => Promise<boolean>
  end: (box: string, reason: string) => Promise<void>
  cool: (pool: string, fact: { seconds: number; problem: string; alert: boolean }) => Promise<void>
  mend: (pool: string) => Promise<void>
  /** Tells a person of a box that its provider does not take back; null: it did. `subject`: its name, or its id there. */
  removal: (subject: string, fact: { pool: string; problem: string | null }) => Promise<void>
  /** Moves the autopilot of the day's money; null while another server does. */
  save: () => Promise<Saved | null>
}

/** A tick's calls to providers may take this long before another server goes on. */
const leaseS = 60

export function createCapacityStore(client: Supabase): CapacityStore {
  return {
    take: (holder, pools) =>
      call(
        client,
        'take_capacity',
        {
          p_holder: holder,
          p_lease_s: leaseS,
          p_pools: pools.map(({ name, provider, templates, trust, usdPerHour }) => ({
            name,
            provider,
            templates: [...templates],
            trust,
            usd_per_hour: usdPerHour,
          })),
        },
        capacityState.nullable(),
      ),
    ask: (holder, box) => call(client, 'ask_box', { p_holder: holder, p_box: box }, z.boolean()),
    answer: (box, { remoteId, usdPerHour, charged }) =>
      call(
        client,
        'answer_box',
        { p_box: box, p_remote: remoteId, p_usd_per_hour: usdPerHour, p_charged: charged },
        z.enum(['starting', 'up', 'draining', 'gone']),
      ),
    drain: (holder, box, reason) =>
      call(client, 'drain_box', { p_holder: holder, p_box: box, p_reason: reason }, z.boolean()),
    async end(box, reason) {
      await call(client, 'end_box', { p_box: box, p_reason: reason }, z.unknown())
    },
    async cool(pool, { seconds, problem, alert }) {
      await call(
        client,
        'cool_pool',
        { p_pool: pool, p_seconds: seconds, p_problem: problem, p_alert: alert },
        z.unknown(),
      )
    },
    async mend(pool) {
      await call(client, 'mend_pool', { p_pool: pool }, z.unknown())
    },
    async removal(subject, { pool, problem }) {
      await call(client, 'note_removal', { p_subject: subject, p_pool: pool, p_problem: problem }, z.unknown())
    },
    save: () =>
      call(
        client,
        'saving_tick',
        {},
        z.looseObject({ step: z.string(), before: z.string(), unwatched: z.int() }).nullable(),
      ),
  }
}
