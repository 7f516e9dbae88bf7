import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { cloneDatabase } from './database.ts'
import type { TestDatabase } from './database.ts'
import { fill, pagesOf } from './depth.ts'
import { claim, claimOne, makeArtist, makeWorker, press, rows, setSettings } from './fixtures.ts'

let db: TestDatabase
beforeAll(async () => {
  db = await cloneDatabase()
  await setSettings(db, { worker_cap: 1000, open_caps: { permanent: 1000, anonymous: 1000 } })
})
afterAll(() => db[Symbol.asyncDispose]())

test('jobs that a box cannot run cost its claim nothing, in other lanes or in the very lane', async () => {
  const variant = `v${randomUUID().slice(0, 8)}`
  const { id } = await makeWorker(db, { templates: [`remix/${variant}`] })
  const artist = await makeArtist(db, { credits: 200, free: false })
  async function pagesBehind(lanes: number, each: number): Promise<number> {
    await fill(db, lanes, each, 0)
    await db.pool.query(
      `insert into queue_lanes (owner, class, queued, last_served_at) values ($1, 'paid', 0, now())`,
      [artist.id],
    )
    await db.pool.query(
      `insert into jobs (id, owner, request_id, ordinal, lane, purse, price, steps, mode, variant, model_key, min_trust,
         transmission)
       select lpad(to_hex(g), 32, '0')::uuid, $1, gen_random_uuid(), 0, 'paid', 'credits', 1, 28, 'remix',
         case when g <= $3 then 'elsewhere' else $2 end, 'flux1-dev', 'community', lpad(to_hex(g), 8, '0')
       from generate_series(1, $3 + 40) g`,
      [artist.id, variant, lanes],
    )
    await db.pool.query(
      `update queue_lanes set queued = (select count(*) from jobs where owner = $1) where owner = $1`,
      [artist.id],
    )
    return await pagesOf(db, `select public.claim_job('${id}', '{flux1-dev}')`)
  }

  const shallow = await pagesBehind(20, 2)
  expect(await pagesBehind(1000, 20)).toBeLessThan(shallow * 1.5)
  expect(
    await rows(db, `select count(*)::int from jobs where variant = $1 and status = 'running'`, [variant]),
  ).not.toEqual([{ count: 0 }])
})

test('of a lane whose oldest job a box cannot run it gets the oldest that it can', async () => {
  const [one, two] = [`v${randomUUID().slice(0, 8)}`, `v${randomUUID().slice(0, 8)}`]
  const artist = await makeArtist(db, { credits: 10, free: false })
  const presses: string[] = []
  for (const variant of [one, two, one, two]) presses.push(...(await press(db, { artist, variant })).jobs)
  const [able, both] = [
    await makeWorker(db, { templates: [`remix/${two}`] }),
    await makeWorker(db, { templates: [`remix/${one}`, `remix/${two}`] }),
  ]

  expect((await claimOne(db, able.id)).id).toBe(presses[1])
  expect((await claimOne(db, both.id)).id).toBe(presses[0])
  expect((await claimOne(db, both.id)).id).toBe(presses[2])
  expect((await claimOne(db, able.id)).id).toBe(presses[3])
  expect(await claim(db, both.id)).toBeNull()
})

test('lanes at their cap, however long ago they were served, are stepped over', async () => {
  const { id } = await makeWorker(db, { templates: ['remix/dev'] })
  await fill(db, 40, 2, 0)
  await db.pool.query(`update queue_lanes set running = 8, last_served_at = now() - interval '1 hour'`)
  const last = await makeArtist(db, { credits: 1, free: false })
  const { jobs } = await press(db, { artist: last, variant: 'dev' })

  expect((await claimOne(db, id)).id).toBe(jobs[0])
})

test('the needs of lanes are the queued jobs, whatever became of them', async () => {
  const wrong = await rows(
    db,
    `select * from (
       select owner, class, template, min_trust, queued from private.lane_needs where queued > 0) n
     full join (
       select owner, lane as class, mode || '/' || variant as template, min_trust, count(*)::int as queued
       from jobs where status = 'queued' group by 1, 2, 3, 4) j using (owner, class, template, min_trust)
     where n.queued is distinct from j.queued`,
  )

  expect(wrong).toEqual([])
})
