import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { cloneDatabase } from './database.ts'
import type { TestDatabase } from './database.ts'
import { type Artist, assetFacts, call, claimOne, jobOf, makeArtist, makeWorker, press, rows } from './fixtures.ts'
import { expectInvariants } from './invariants.ts'

type Item = [id: string, width: number, height: number, colour: string | null, favourite: boolean, failed: boolean]
type Page = { items: Item[]; last: string; left: number; total: number | null }
type Card = { id: string; deleted: boolean; prompt: string; thumb_key: string | null; bytes: number | null }

let db: TestDatabase
let worker: { id: string }
beforeAll(async () => {
  db = await cloneDatabase()
  worker = await makeWorker(db, { templates: ['remix/dev', 'tonic/dev'] })
})
afterAll(() => db[Symbol.asyncDispose]())

function filesOf(job: string) {
  return [
    { ...assetFacts('output', `outputs/${job}.png`), colour: '#123456' },
    assetFacts('thumb', `outputs/${job}-thumb.webp`),
  ]
}

/** Jobs of one artist, each finished with an image and its thumbnail. */
async function finished(
  artist: Artist,
  count = 1,
  wish: { inputs?: string[]; mode?: string; againOf?: string } = {},
): Promise<string[]> {
  const inputs = (wish.inputs ?? [artist.asset]).map((asset_id, order) => ({
    asset_id,
    role: 'base',
    weight: 1,
    order,
  }))
  const made: string[] = []
  for (let done = 0; done < count; done += 4) {
    const mode = wish.mode ?? 'remix'
    const few = Math.min(4, count - done)
    const { jobs } = await press(db, { artist, purse: 'free', count: few, inputs, mode, againOf: wish.againOf ?? null })
    for (const _ of jobs) {
      const { id: job, epoch } = await claimOne(db, worker.id)
      await call(db, 'complete_job', [worker.id, job, epoch, JSON.stringify(filesOf(job)), 100, {}])
    }
    made.push(...jobs)
  }
  return made
}

async function list(owner: string, filter: object = {}, before: [string, string] | null = null, limit = 100) {
  return call<Page>(db, 'list_gallery', [owner, filter, before?.[0] ?? null, before?.[1] ?? null, limit])
}

async function outputOf(job: string): Promise<string> {
  const [row] = await rows<{ id: string }>(db, `select id from assets where job_id = $1 and kind = 'output'`, [job])
  return row?.id ?? ''
}

test('pages meet without a gap or a repeat where times are equal', async () => {
  const artist = await makeArtist(db)
  const jobs = await finished(artist, 7)
  await db.pool.query(`update jobs set created_at = '2026-11-20T10:00:00.123456Z' where owner = $1`, [artist.id])

  const seen: string[] = []
  let before: [string, string] | null = null
  for (const left of [7, 4, 1]) {
    const page: Page = await list(artist.id, {}, before, 3)
    expect([page.left, page.total]).toEqual([left, before === null ? 7 : null])
    seen.push(...page.items.map(([id]) => id))
    before = [page.last, page.items.at(-1)?.[0] ?? '']
  }

  expect(seen).toEqual(jobs.toSorted().toReversed())
})

test('each filter narrows, and all of them together', async () => {
  const artist = await makeArtist(db)
  const [a = '', b = ''] = await finished(artist, 2)
  const [tonic = ''] = await finished(artist, 1, { mode: 'tonic' })
  await call(db, 'favourite_jobs', [artist.id, [a, tonic], true])
  await db.pool.query(`update jobs set created_at = '2026-11-01T00:00:00Z' where id = $1`, [b])
  const ids = async (filter: object) => (await list(artist.id, filter)).items.map(([id]) => id)
  const { transmission } = await jobOf(db, b)

  expect(await ids({ modes: ['tonic'] })).toEqual([tonic])
  expect(await ids({ not_modes: ['tonic'] })).toEqual([a, b])
  expect(await ids({ modes: [] })).toEqual([])
  expect(await ids({ favourite: true })).toEqual([tonic, a])
  expect(await ids({ from: '2026-11-02T00:00:00Z' })).toEqual([tonic, a])
  expect(await ids({ to: '2026-11-01T00:00:00Z' })).toEqual([])
  expect(await ids({ to: '2026-11-02T00:00:00Z' })).toEqual([b])
  expect(await ids({ patterns: ['%LIGHT%', '%house%'] })).toHaveLength(3)
  expect(await ids({ patterns: ['%light%', '%bone%'] })).toEqual([])
  expect(await ids({ patterns: [`%${transmission}%`], transmission })).toEqual([b])
  expect(await ids({ favourite: true, modes: ['remix'], patterns: ['%house%'] })).toEqual([a])
})

test('nobody sees, marks, removes or restores what is another’s', async () => {
  const artist = await makeArtist(db)
  const other = await makeArtist(db)
  const jobs = await finished(artist)

  expect((await list(other.id)).items).toEqual([])
  expect(await call(db, 'gallery_cards', [other.id, jobs])).toEqual([])
  expect(await call(db, 'favourite_jobs', [other.id, jobs, true])).toEqual([])
  expect(await call(db, 'remove_jobs', [other.id, jobs])).toMatchObject({ ids: [] })
  expect(await call(db, 'job_lineage', [other.id, jobs[0]])).toMatchObject({ sources: [], children: [] })
  expect(await jobOf(db, jobs[0] ?? '')).toMatchObject({ favourite: false, deleted_at: null })
})

test('what is removed leaves the wall, can make nothing new, and comes back whole', async () => {
  const artist = await makeArtist(db)
  const [job = '', kept = ''] = await finished(artist, 2)
  const output = await outputOf(job)
  const before = await jobOf(db, job)

  expect(await call(db, 'remove_jobs', [artist.id, [job]])).toMatchObject({ ids: [job] })
  expect((await list(artist.id)).items.map(([id]) => id)).toEqual([kept])
  const [card] = await call<Card[]>(db, 'gallery_cards', [artist.id, [job]])
  expect(card).toMatchObject({ deleted: true, thumb_key: `outputs/${job}-thumb.webp`, full_key: null, bytes: null })
  expect(await list(artist.id, { deleted: true })).toMatchObject({
    items: [expect.arrayContaining([job])],
    left: 1,
    total: 1,
  })
  expect(await list(artist.id, { deleted: true, masked: true })).toMatchObject({ items: [], left: 0 })
  expect(await list(artist.id, { deleted: true, favourite: true })).toMatchObject({ items: [], left: 0, total: 1 })
  const again = press(db, { artist, purse: 'free', inputs: [{ asset_id: output, role: 'base', weight: 1, order: 0 }] })
  await expect(again).rejects.toThrow('ASSET_NOT_FOUND')

  expect(await call(db, 'restore_jobs', [artist.id, [job]])).toEqual([job])
  expect((await list(artist.id)).items).toHaveLength(2)
  expect((await list(artist.id, { deleted: true })).items).toEqual([])
  expect((await jobOf(db, job)).version).toBe(before.version + 2)
  await expectInvariants(db)
})

test('an open job cannot be removed', async () => {
  const artist = await makeArtist(db)
  const { jobs } = await press(db, { artist, purse: 'free' })

  expect(await call(db, 'remove_jobs', [artist.id, jobs])).toMatchObject({ ids: [] })
  await call(db, 'cancel_job', [artist.id, jobs[0]])
})

test('lineage goes through work images and outlives the deletion of a parent', async () => {
  const artist = await makeArtist(db)
  const [parent = ''] = await finished(artist)
  const work = assetFacts('work', `works/${parent}.png`)
  await call(db, 'keep_work_image', [artist.id, await outputOf(parent), work])
  const [child = ''] = await finished(artist, 1, { inputs: [artist.asset, String(work['id'])] })

  expect(await call(db, 'job_lineage', [artist.id, parent])).toEqual({
    again_of: null,
    sources: [{ asset: artist.asset, role: 'base', weight: 1, job: null }],
    children: [child],
    children_total: 1,
  })
  await call(db, 'remove_jobs', [artist.id, [parent]])
  expect(await call(db, 'job_lineage', [artist.id, child])).toMatchObject({
    sources: [{ job: null }, { asset: work['id'], job: parent }],
    children: [],
  })
  const gone = await rows(db, 'select id from assets where id = $1 and deleted_at is not null', [work['id']])
  expect(gone).toHaveLength(1)
})

test('a chain is followed as deep as it is asked for, through re-forges too, and ends in itself nowhere', async () => {
  const artist = await makeArtist(db)
  const other = await makeArtist(db)
  const [first = ''] = await finished(artist)
  const [foreign = ''] = await finished(other)
  const line = [first]
  for (const next of ['image', 'again', 'image']) {
    const last = line.at(-1) ?? ''
    const wish = next === 'image' ? { inputs: [await outputOf(last)] } : { againOf: last }
    line.push(...(await finished(artist, 1, wish)))
  }
  const [a, b, c, d] = line
  const one = (job: string | undefined) => ({ jobs: [job], total: 1 })

  expect(await call(db, 'job_chain', [artist.id, d, 8])).toEqual({
    before: [one(b), one(a)],
    after: [],
    more_before: false,
    more_after: false,
  })
  expect(await call(db, 'job_chain', [artist.id, a, 2])).toMatchObject({ after: [one(c)], more_after: true })
  expect(await call(db, 'job_lineage', [artist.id, c])).toMatchObject({ again_of: b, children: [d] })
  expect(await call(db, 'job_lineage', [artist.id, b])).toMatchObject({ again_of: null, children: [c] })
  await expect(call(db, 'job_chain', [other.id, a, 8])).rejects.toThrow('JOB_NOT_FOUND')
  const [stranger = ''] = await finished(artist, 1, { againOf: foreign })
  expect(await call(db, 'job_lineage', [artist.id, stranger])).toMatchObject({ again_of: null })
})

test('thirty days later words and objects go, the line stays, and nothing comes back', async () => {
  const artist = await makeArtist(db)
  const [parent = '', young = ''] = await finished(artist, 2)
  const [child = ''] = await finished(artist, 1, { inputs: [await outputOf(parent)] })
  await call(db, 'remove_jobs', [artist.id, [parent, young]])
  await db.pool.query(`update jobs set deleted_at = now() - interval '30 days 1 second' where id = $1`, [parent])
  await db.pool.query(
    `insert into shares (id, slug, owner, job_id) values (gen_random_uuid(), 'a-link-of-long-ago', $1, $2)`,
    [artist.id, parent],
  )

  expect(await call(db, 'purge_deleted', [100])).toBe(1)
  expect(await call(db, 'purge_deleted', [100])).toBe(0)
  const { objects } = await call<{ objects: string[] }>(db, 'take_erasures', [100])
  expect(objects.toSorted()).toEqual([`outputs/${parent}-thumb.webp`, `outputs/${parent}.png`])
  expect(await rows(db, 'select from job_specs where job_id = $1', [parent])).toEqual([])
  expect(await rows(db, 'select from shares where job_id = $1', [parent])).toEqual([])
  expect((await list(artist.id, { deleted: true })).items.map(([id]) => id)).toEqual([young])
  expect(await call(db, 'restore_jobs', [artist.id, [parent, young]])).toEqual([young])
  expect(await call(db, 'job_lineage', [artist.id, child])).toMatchObject({ sources: [{ job: parent }] })
  await expectInvariants(db)
})

test('a mark is one message, and a great tidying up is none', async () => {
  const artist = await makeArtist(db)
  const jobs = await finished(artist, 2)
  const count = async () => {
    const sent = await rows<{ n: number }>(
      db,
      `select count(*)::int as n from realtime.messages where topic = 'user:' || $1::text`,
      [artist.id],
    )
    return sent[0]?.n ?? 0
  }
  const before = await count()

  await call(db, 'favourite_jobs', [artist.id, jobs.slice(0, 1), true])
  expect(await count()).toBe(before + 1)
  await call(db, 'favourite_jobs', [artist.id, jobs.slice(0, 1), true])
  await call(db, 'remove_jobs', [artist.id, [...jobs, ...Array.from({ length: 9 }, () => randomUUID())]])
  expect(await count()).toBe(before + 1)
})

test('a closed account leaves no object, no word and no mark of what it had removed', async () => {
  const artist = await makeArtist(db)
  const [job = ''] = await finished(artist)
  await call(db, 'remove_jobs', [artist.id, [job]])
  await call(db, 'close_account', [artist.id])

  const doomed = await rows(db, `select from private.doomed_objects where storage_key like 'outputs/' || $1 || '%'`, [
    job,
  ])
  expect(doomed).toHaveLength(2)
  expect(await rows(db, 'select from assets where owner = $1', [artist.id])).toEqual([])
})
