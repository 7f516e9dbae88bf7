import { afterAll, beforeAll, expect, test } from 'vitest'
import { cloneDatabase } from './database.ts'
import type { TestDatabase } from './database.ts'
import { makeWorker, rows, setSettings } from './fixtures.ts'

let db: TestDatabase
beforeAll(async () => {
  db = await cloneDatabase()
  await setSettings(db, { worker_cap: 1000 })
})
afterAll(() => db[Symbol.asyncDispose]())

/** `lanes` owners with `each` queued jobs and `history` finished ones. */
async function fill(lanes: number, each: number, history: number): Promise<void> {
  await db.pool.query(`
    set session_replication_role = replica;
    truncate jobs, queue_lanes cascade;
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
    set session_replication_role = default`)
}

/** Pages touched by one statement, after the connection has its plans. */
async function pagesOf(sql: string): Promise<number> {
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

test.each(['stale', 'fresh'])(
  'a claim touches as many pages behind 40,000 jobs as behind 100 (%s statistics)',
  async (statistics) => {
    const analyze = () => (statistics === 'fresh' ? db.pool.query('vacuum analyze jobs, queue_lanes') : null)
    const worker = await makeWorker(db)
    const sql = `select public.claim_job('${worker.id}', '{flux1-dev}')`
    await fill(50, 2, 0)
    await analyze()
    const shallow = await pagesOf(sql)

    await fill(2000, 20, 0)
    await analyze()
    const deep = await pagesOf(sql)
    await fill(50, 40, 1000)
    await analyze()
    const historic = await pagesOf(sql)

    expect(deep).toBeLessThan(shallow * 1.5)
    expect(historic).toBeLessThan(shallow * 1.5)
  },
)

test('a quote reads neither the whole queue nor the history', async () => {
  await makeWorker(db)
  const sql = `select public.quote(gen_random_uuid(), false, '[]', 'remix/dev', 1, 1)`
  await fill(2000, 20, 0)
  const [queue] = await rows<{ pages: number }>(db, `select pg_relation_size('jobs') / 8192 as pages`)

  expect(await pagesOf(sql)).toBeLessThan(Number(queue?.pages) / 2)
})
