import type { Pool } from 'pg'
import { v7 } from 'uuid'

export type Filling = {
  /** Queued jobs to add, shared evenly by as many owners. */
  jobs: number
  owners: number
  /** `mode/variant` and model of the n-th job, cycled through. */
  models: readonly { mode: string; variant: string; model: string }[]
}

/**
 * Adds queued jobs as a million presses would have left them, in seconds: the same rows, needs and lanes, without money
 * (they cost nothing) and without the message each press sends. `admin` owns the tables.
 */
export async function fillQueue(admin: Pool, { jobs, owners, models }: Filling): Promise<void> {
  await admin.query('alter table public.jobs disable trigger send_new_job')
  await admin.query('alter table public.jobs disable trigger refuse_closed')
  await admin.query(
    `insert into public.queue_lanes (owner, class, queued, last_served_at)
     select md5('bench-owner-' || o)::uuid, 'paid', 0, now() + o * interval '1 microsecond' from generate_series(1, $1::int) o on conflict do nothing`,
    [owners],
  )
  const slice = 50_000
  for (let from = 0; from < jobs; from += slice) {
    await admin.query(
      `with made as (
         select n, gen_random_uuid() as request, md5('bench-owner-' || (n % $3 + 1))::uuid as owner,
           ($4::text[])[n % cardinality($4) + 1] as mode, ($5::text[])[n % cardinality($4) + 1] as variant,
           ($6::text[])[n % cardinality($4) + 1] as model,
           -- In the order of time, as the server makes them.
           encode(substring(decode(replace($7, '-', ''), 'hex') from 1 for 6) || int4send(n::int) || substring(
             uuid_send(gen_random_uuid()) from 1 for 6), 'hex')::uuid as id
         from generate_series($1::bigint, $2::bigint) n
       ), added as (
         insert into public.jobs (id, owner, request_id, ordinal, lane, purse, price, steps, mode, variant, model_key,
           min_trust, transmission)
         select id, owner, request, 0, 'paid', 'credits', 0, 28, mode, variant, model, 'community',
           upper(substr(md5($7 || n), 1, 8)) from made returning id
       )
       insert into public.job_specs (job_id, request_hash, prompt, creativity, chaos, seed, workflow_hash)
       select id, 'bench', 'oil on board', 50, 30, '1', repeat('0', 64) from added`,
      [
        from,
        Math.min(jobs, from + slice) - 1,
        owners,
        models.map(({ mode }) => mode),
        models.map(({ variant }) => variant),
        models.map(({ model }) => model),
        v7(),
      ],
    )
  }
  await admin.query(
    `update public.queue_lanes l set queued = c.queued
     from (select j.owner, j.lane, count(*) as queued from public.jobs j where j.status = 'queued' group by 1, 2) c
     where l.owner = c.owner and l.class = c.lane`,
  )
  await admin.query('alter table public.jobs enable trigger send_new_job')
  await admin.query('alter table public.jobs enable trigger refuse_closed')
  await admin.query('vacuum analyze public.jobs')
  await admin.query('vacuum analyze public.queue_lanes')
}
