import type { SupabaseClient } from '@supabase/supabase-js'
import { z } from 'zod'
import type { Rented } from './format-fleet.ts'

/** As in SQL (`private.unwatched_boxes`): a pool that no server has offered for so long is nobody's. */
const unwatchedMs = 5 * 60_000

const boxes = z.array(
  z.object({
    name: z.string(),
    pool: z.string(),
    state: z.string(),
    usd_per_hour: z.number(),
    usd_micros: z.number(),
    provider: z.string(),
    remote_id: z.string().nullable(),
  }),
)
const pools = z.array(z.object({ name: z.string(), seen_at: z.string() }))

/** Boxes that are rented now, the longest first. */
export async function readRented(supabase: SupabaseClient): Promise<Rented[]> {
  const [rented, offered] = await Promise.all([
    supabase
      .from('boxes')
      .select('name, pool, state, usd_per_hour, usd_micros, provider, remote_id')
      .in('state', ['asked', 'starting', 'up', 'draining'])
      .order('asked_at'),
    supabase.from('capacity_pools').select('name, seen_at'),
  ])
  const error = rented.error ?? offered.error
  if (error) throw new Error(`The rented boxes could not be read: ${error.message}`)
  const seen = new Map(pools.parse(offered.data).map(({ name, seen_at: at }) => [name, Date.parse(at)]))
  return boxes.parse(rented.data).map(({ pool, usd_micros: micros, ...box }) => ({
    ...box,
    usd: micros / 1_000_000,
    watched: Date.now() - (seen.get(pool) ?? 0) < unwatchedMs,
  }))
}
