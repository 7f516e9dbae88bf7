import type { TestDatabase } from './database.ts'
import { makeWorker } from './fixtures.ts'

/** `lanes` owners with `each` queued jobs and `history` finished ones. */
export async function fill(db: TestDatabase, lanes: number, each: number, history: number): Promise<void> {
  await db.pool.query(`
    set session_replication_role = replica;
    truncate jobs, queue_lanes, private.lane_needs cascade;
    insert into jobs (id, owner, request_id, ordinal, lane, purse, price, steps, mode, variant, model_key, min_trust,
      transmission, status)
    select gen_random_uuid(), md5((g % ${lanes})::text)::uuid, gen_random_uuid(), 0, 'paid', 'credits', 1, 28, 'remix',
      'dev', 'flux1-dev', 'community', lpad(to_hex(g), 8, '0'),
      case when g < ${lanes * each} then 'queued' else 'succeeded' end::job_status
    from generate_series(0, ${lanes * (each + history) - 1}) g;
    insert into job_specs (job_id, request_hash, prompt, creativity, chaos, seed, workflow_hash)
    select id, 'hash', 'prompt', 50, 30, '7', 'cafe' from jobs where status = 'queued';
    insert into queue_lanes (owner, class, queued)
    select owner, 'paid', count(*) from jobs where status = 'queued' group by owner;
    insert into private.lane_needs (owner, class, template, min_trust, model_key, queued, last_served_at)
    select owner, 'paid', 'remix/dev', 'community', 'flux1-dev', queued, last_served_at from queue_lanes;
    set session_replication_role = default`)
}

/** Pages touched by one statement, after the connection has its plans. */
export async function pagesOf(db: TestDatabase, sql: string): Promise<number> {
  const client = await db.pool.connect()
  try {
    const pages: number[] = []
    for (let round = 0; round < 12; round += 1) {
      const plan = await client.query(`explain (analyze, buffers, format json) ${sql}`)
      const node = plan.rows[0]?.['QUERY PLAN'][0].Plan
      pages.push(node['Shared Hit Blocks'] + node['Shared Read Blocks'])
    }
    return pages.slice(6).toSorted((one, two) => one - two)[3] ?? Number.NaN
  } finally {
    client.release()
  }
}

/**
 * Pages that a claim touches behind 100 jobs, behind 40,000, and behind 40,000 finished ones. With `analyze` the
 * planner knows how many there are.
 */
export async function pagesOfClaims(db: TestDatabase, options: { analyze: boolean }) {
  const { id } = await makeWorker(db)
  async function claimBehind(lanes: number, each: number, history: number): Promise<number> {
    await fill(db, lanes, each, history)
    if (options.analyze) await db.pool.query('vacuum analyze jobs, queue_lanes')
    return await pagesOf(db, `select public.claim_job('${id}', '{flux1-dev}')`)
  }
  return {
    shallow: await claimBehind(50, 2, 0),
    deep: await claimBehind(2000, 20, 0),
    historic: await claimBehind(50, 40, 1000),
  }
}
