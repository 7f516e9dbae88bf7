import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { cloneDatabase } from './database.ts'
import type { TestDatabase } from './database.ts'
import {
  call,
  capabilitiesOf,
  claim,
  claimOne,
  complete,
  expectBalancedBooks,
  jobOf,
  makeArtist,
  makeWorker,
  press,
  refusal,
  report,
  rows,
  setSettings,
  sweep,
} from './fixtures.ts'
import type { Artist, Claimed } from './fixtures.ts'

let db: TestDatabase
let artist: Artist
let variant = ''
let template = ''
beforeAll(async () => {
  db = await cloneDatabase()
})
beforeEach(async () => {
  variant = `v${randomUUID().slice(0, 8)}`
  template = `remix/${variant}`
  artist = await makeArtist(db, { credits: 20, free: false })
})
afterEach(() => expectBalancedBooks(db))
afterAll(() => db[Symbol.asyncDispose]())

async function pressOne(): Promise<string> {
  return (await press(db, { artist, variant })).jobs[0] ?? ''
}

async function online(job: string): Promise<Record<string, unknown>> {
  return (await call<Record<string, unknown>[]>(db, 'queue_positions', [[job]]))[0] ?? {}
}

/** A box that has a session and nothing else. */
async function openSession(keyHash: string, id: string = randomUUID()): Promise<string> {
  await call(db, 'worker_session', [keyHash, id, capabilitiesOf([template])])
  return id
}

async function newKey(trust = 'own'): Promise<{ keyHash: string; keyId: string }> {
  const keyHash = randomUUID()
  return { keyHash, keyId: await call<string>(db, 'create_worker_key', [`key ${keyHash}`, keyHash, 'pool', trust]) }
}

function fail(worker: string, { id, epoch }: Claimed, retry = true): Promise<{ status: string }> {
  return call(db, 'fail_job', [worker, id, epoch, 'ENGINE_ERROR', retry, ''])
}

test('a box that says goodbye is gone at once for whoever waits; its next session and question bring it back', async () => {
  const { id: box, keyHash } = await makeWorker(db, { templates: [template] })
  const job = await pressOne()
  expect(await online(job)).toMatchObject({ workers_online: 1, waits_for: null })

  await call(db, 'leave_worker', [box])
  expect(await online(job)).toMatchObject({ workers_online: 0, eta_ms: null, waits_for: 'no_worker' })
  // What it had asked before it left is answered after: nobody would render that.
  expect(await claim(db, box)).toBeNull()
  await openSession(keyHash, box)
  expect(await online(job)).toMatchObject({ workers_online: 0 })
  expect((await claim(db, box))?.id).toBe(job)
})

test('what a box that said goodbye still renders stays its own to end, and makes it no box that is there', async () => {
  const { id: box } = await makeWorker(db, { templates: [template] })
  const job = await pressOne()
  const held = await claimOne(db, box)
  await call(db, 'leave_worker', [box])

  expect(await report(db, box, { job, epoch: 1, step: 3 })).toMatchObject({ over: false })
  expect(await online(await pressOne())).toMatchObject({ workers_online: 0 })
  expect(await complete(db, box, held.id, 1)).toEqual({ status: 'succeeded' })
})

test('a session, a call, or a wish for one job ahead makes nobody believe in a box; asking for work does', async () => {
  const { keyHash } = await newKey()
  const box = await openSession(keyHash)
  const job = await pressOne()
  await call(db, 'check_worker', [box])
  await call(db, 'claim_job', [box, [], true])
  expect(await online(job)).toMatchObject({ workers_online: 0 })

  await setSettings(db, { dispatch_paused: true })
  expect(await claim(db, box)).toBeNull()
  await setSettings(db, { dispatch_paused: false })
  expect(await online(job)).toMatchObject({ workers_online: 1 })
})

test('a box that renders for minutes is there by its reports alone', async () => {
  const { id: box } = await makeWorker(db, { templates: [template] })
  const job = await pressOne()
  await claimOne(db, box)
  await db.pool.query(`update workers set active_at = now() - interval '50 s', last_seen = now() - interval '6 s'`)
  await report(db, box, { job, epoch: 1, step: 3 })

  expect(await online(await pressOne())).toMatchObject({ workers_online: 1 })
})

test('a box that only hands back is held back and not counted on; one held for a second is', async () => {
  const { id: box } = await makeWorker(db, { templates: [template] })
  const job = await pressOne()
  await db.pool.query(`update workers set hold_until = now() + interval '1 s' where id = $1`, [box])
  expect(await online(job)).toMatchObject({ workers_online: 1 })
  await db.pool.query(`update workers set hold_until = now() + interval '16 s' where id = $1`, [box])

  expect(await online(job)).toMatchObject({ workers_online: 0 })
})

test('one key has no more boxes at once than it may; one that leaves or falls silent makes room', async () => {
  await setSettings(db, { box_live: 2 })
  const { keyHash } = await newKey()
  const [one, two] = [await openSession(keyHash), await openSession(keyHash)]
  const third = randomUUID()

  const refused = await refusal(openSession(keyHash, third))
  expect(refused).toMatchObject({ code: 'RATE_LIMITED', data: { live: 2, retry_after_s: 45 } })
  await openSession(keyHash, one)
  await call(db, 'leave_worker', [one])
  await openSession(keyHash, third)
  expect((await refusal(openSession(keyHash, one))).code).toBe('RATE_LIMITED')
  await db.pool.query(`update workers set last_seen = now() - interval '46 s' where id = $1`, [two])
  await openSession(keyHash, one)
  await setSettings(db, { box_live: 50 })
})

test('boxes of one key that are quarantined within an hour quarantine the key: the next one gets nothing until it is lifted', async () => {
  await setSettings(db, { box_failures: 2, box_quarantines: 2 })
  const { keyHash, keyId } = await newKey()
  const quarantineOne = async (): Promise<string> => {
    const box = await openSession(keyHash)
    for (let index = 0; index < 4; index += 1) {
      artist = await makeArtist(db, { credits: 4, free: false })
      await pressOne()
      await db.pool.query(`update workers set hold_until = '-infinity' where id = $1`, [box])
      await fail(box, await claimOne(db, box), false)
    }
    return box
  }
  const first = await quarantineOne()
  const alerts = () =>
    rows(db, `select detail from alerts where kind = 'key' and subject = $1 and closed_at is null`, [keyId])
  expect(await alerts()).toEqual([])
  await quarantineOne()
  expect(await alerts()).toMatchObject([{ detail: { boxes: 2 } }])

  const fresh = await openSession(keyHash)
  const job = await pressOne()
  expect(await claim(db, fresh)).toBeNull()
  expect(await online(job)).toMatchObject({ workers_online: 0 })
  await call(db, 'lift_key_quarantine', ['ada', keyId])
  expect(await alerts()).toEqual([])
  expect(await rows(db, 'select quarantined_at from workers where id = $1', [first])).toEqual([
    { quarantined_at: null },
  ])
  expect((await claim(db, fresh))?.id).toBe(job)
  expect((await refusal(call(db, 'lift_key_quarantine', ['ada', keyId]))).code).toBe('NOT_FOUND')
  await setSettings(db, { box_failures: 5, box_quarantines: 3 })
})

test('attempts two and three go to boxes that have not failed the job, while there are any and for half a minute', async () => {
  const [one, two, three] = await Promise.all(
    Array.from({ length: 3 }, async () => (await makeWorker(db, { templates: [template] })).id),
  )
  if (!one || !two || !three) throw new Error('no boxes')
  const job = await pressOne()
  await fail(one, await claimOne(db, one))

  expect(await claim(db, one)).toBeNull()
  const other = await pressOne()
  expect((await claim(db, one))?.id).toBe(other)
  await fail(two, await claimOne(db, two))
  expect(await claim(db, two)).toBeNull()
  expect((await claim(db, three))?.id).toBe(job)
})

test('a job lost by silence does not return to the box that lost it while another is there; a while later it may', async () => {
  const { id: lost, keyHash } = await makeWorker(db, { templates: [template] })
  const { id: other } = await makeWorker(db, { templates: [template] })
  const job = await pressOne()
  expect((await claim(db, lost))?.id).toBe(job)
  await db.pool.query(`update jobs set lease_until = now() - interval '1 s' where id = $1`, [job])
  await db.pool.query(`update private.sweep_state set swept_at = now() - interval '5 s'`)
  await call(db, 'sweep', [])
  await openSession(keyHash, lost)

  expect(await claim(db, lost)).toBeNull()
  await db.pool.query(`update jobs set stage_at = now() - interval '31 s' where id = $1`, [job])
  expect((await claim(db, lost))?.id).toBe(job)
  expect(await claim(db, other)).toBeNull()
})

test('where no other box is there, or the others cannot run it, the same box tries again at once', async () => {
  const { id: box } = await makeWorker(db, { templates: [template] })
  await makeWorker(db, { templates: ['remix/another'] })
  const { id: silent } = await makeWorker(db, { templates: [template] })
  await call(db, 'leave_worker', [silent])
  const job = await pressOne()
  for (const epoch of [1, 2]) {
    const held = await claimOne(db, box)
    expect(held).toMatchObject({ id: job, epoch })
    await fail(box, held)
  }
  await fail(box, await claimOne(db, box))
  expect(await jobOf(db, job)).toMatchObject({ status: 'failed', attempts: 3 })
})

test('an input that is gone, as the server has seen, ends the job at once, gives the price back and blames no box', async () => {
  const { id: box } = await makeWorker(db, { templates: [template] })
  const job = await pressOne()
  const { epoch } = await claimOne(db, box)
  const keys = await call<string[]>(db, 'attempt_inputs', [box, job, epoch])
  expect(keys).toEqual([expect.stringMatching(/^inputs\//)])
  expect((await refusal(call(db, 'attempt_inputs', [randomUUID(), job, epoch]))).code).toBe('WORKER_REVOKED')
  expect((await refusal(call(db, 'attempt_inputs', [box, job, 7]))).code).toBe('EPOCH_STALE')

  await call(db, 'fail_job', [box, job, epoch, 'INPUT_GONE', false, '', false])
  expect(await jobOf(db, job)).toMatchObject({ status: 'failed', error_code: 'INPUT_GONE', attempts: 1, returned: 1 })
  expect(await rows(db, 'select streak from workers where id = $1', [box])).toEqual([{ streak: 0 }])
})

test('what storage has no more is refused at the press, which costs nothing; a result keeps its place', async () => {
  const artist = await makeArtist(db, { credits: 3, free: false })
  const [asset] = await rows(db, 'select storage_key from assets where id = $1', [artist.asset])
  const kept = await press(db, { artist })

  await call(db, 'note_gone', [[asset?.['storage_key']]])

  const again = await refusal(press(db, { artist }))
  expect(again).toMatchObject({ code: 'ASSET_NOT_FOUND', data: { asset: artist.asset, path: 'inputs' } })
  expect(await rows(db, 'select balance, held from accounts where owner = $1', [artist.id])).toEqual([
    { balance: 2, held: 1 },
  ])
  expect(await jobOf(db, kept.jobs[0] ?? '')).toMatchObject({ status: 'queued' })

  await db.pool.query(`update assets set kind = 'output', deleted_at = null, gone_at = null where id = $1`, [
    artist.asset,
  ])
  await call(db, 'note_gone', [[asset?.['storage_key']]])
  expect(
    await rows(db, 'select deleted_at, gone_at is not null as gone from assets where id = $1', [artist.asset]),
  ).toEqual([{ deleted_at: null, gone: true }])
  expect((await refusal(press(db, { artist }))).code).toBe('ASSET_NOT_FOUND')
  expect((await refusal(call(db, 'find_work_image', [artist.id, artist.asset, 64, 64]))).code).toBe('ASSET_NOT_FOUND')
})

test('a job that is handed back again and again goes round among the boxes, and not for ever', async () => {
  const boxes = await Promise.all([0, 1].map(async () => (await makeWorker(db, { templates: [template] })).id))
  await setSettings(db, { box_handbacks: 3 })
  const job = await pressOne()
  const held: string[] = []
  for (let epoch = 1; epoch <= 5; epoch += 1) {
    await db.pool.query(`update workers set hold_until = '-infinity'`)
    for (const box of boxes) {
      const claimed = await claim(db, box)
      if (claimed === null) continue
      held.push(box)
      await call(db, 'release_job', [box, claimed.id, claimed.epoch])
      break
    }
  }
  expect(held.slice(0, 2)).toEqual(boxes)
  expect(held).toHaveLength(5)
  expect(await jobOf(db, job)).toMatchObject({ status: 'failed', error_code: 'WORKER_LOST', returned: 1, epoch: 5 })
  await setSettings(db, { box_handbacks: 20 })
})

test('a box that reports for ever loses the attempt once it took ten times what it may; a slow one does not', async () => {
  const { id: box } = await makeWorker(db, { templates: [template] })
  const job = await pressOne()
  await claimOne(db, box)
  const after = async (past: string, promised: number | null) => {
    await db.pool.query(
      `update job_attempts set claimed_at = now() - $2::interval, promised_p90_ms = $3 where job_id = $1`,
      [job, past, promised],
    )
    await report(db, box, { job, epoch: 1, step: 3, progress: Math.random() })
    await sweep(db)
    return (await jobOf(db, job)).status
  }
  expect(await after('440 s', 5_000)).toBe('running')
  expect(await after('460 s', null)).toBe('running')
  expect(await after('460 s', 60_000)).toBe('running')
  expect(await after('460 s', 5_000)).toBe('queued')
  expect(await report(db, box, { job, epoch: 1 })).toMatchObject({ over: true })
  expect(await rows(db, 'select outcome, error_code from job_attempts where job_id = $1', [job])).toEqual([
    { outcome: 'failed', error_code: 'STAGE_TIMEOUT' },
  ])
})
