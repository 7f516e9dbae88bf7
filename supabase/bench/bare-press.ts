import { randomUUID } from 'node:crypto'
import type { Pool } from 'pg'
import { v7 } from 'uuid'
import type { BenchOwner } from './world.ts'

const text = `with purse as (
  update public.accounts set balance = balance - 1, held = held + 1, updated_at = now()
  where owner = $1 and balance >= 1 returning balance
), lane as (
  insert into public.queue_lanes as l (owner, class, queued, last_served_at) values ($1, 'paid', 1, clock_timestamp())
  on conflict (owner, class) do update set queued = l.queued + 1
), job as (
  insert into public.jobs (id, owner, request_id, ordinal, lane, purse, price, steps, mode, variant, model_key, min_trust, transmission)
  values ($2, $1, $3, 0, 'paid', 'credits', 1, 28, 'remix', 'dev', 'flux1-dev', 'community', right(gen_random_uuid()::text, 8))
), spec as (
  insert into public.job_specs (job_id, request_hash, prompt, creativity, chaos, seed, params, inputs, workflow_hash)
  values ($2, 'bench', 'oil on board, cold dusk light, last sun on the nose', 50, 30, '8812', '{"width": 1024, "height": 1024}', $4, repeat('0', 64))
)
insert into public.ledger (owner, job_id, kind, delta, balance_after) select $1, $2, 'hold', -1, balance from purse`

/**
 * The rows of one press (hold, ledger, lane, job, spec, and what their triggers add) in one prepared statement that
 * checks nothing and answers nothing: what this schema costs on this machine before any rule.
 */
export async function writeBarePress(admin: Pool, owner: BenchOwner): Promise<void> {
  const inputs = JSON.stringify([{ asset_id: owner.assetId, role: 'base', weight: 1, order: 0 }])
  await admin.query({ name: 'bare-press', text, values: [owner.id, v7(), randomUUID(), inputs] })
}
