import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { cloneDatabase } from './database.ts'
import type { TestDatabase } from './database.ts'
import {
  call,
  claim,
  claimOne,
  complete,
  expectBalancedBooks,
  jobOf,
  makeArtist,
  makeAsset,
  makeScene,
  makeWorker,
  press,
  refusal,
  rows,
  setSettings,
} from './fixtures.ts'

let db: TestDatabase
let template = ''
let variant = ''
beforeAll(async () => {
  db = await cloneDatabase()
  await setSettings(db, { open_caps: { permanent: 1000, anonymous: 1000 }, worker_cap: 1000 })
})
beforeEach(async () => {
  await db.pool.query(`update settings set running_caps = '{"paid": 100, "free": 100, "anon": 100}'`)
  variant = `v${randomUUID().slice(0, 8)}`
  template = `remix/${variant}`
})
afterAll(() => db[Symbol.asyncDispose]())
afterEach(async () => {
  await expectBalancedBooks(db)
  await emptyQueue()
})

async function emptyQueue(): Promise<void> {
  const open = await rows<{ id: string; owner: string }>(db, `select id, owner from jobs where status = 'queued'`)
  for (const { id, owner } of open) await call(db, 'cancel_job', [owner, id])
}

async function ownerOf(job: string): Promise<string> {
  return (await jobOf(db, job)).owner
}

test('a claim answers everything one attempt needs and nothing about whose it is', async () => {
  const scene = await makeScene(db)
  const [job] = await scene.press()

  const claimed = await scene.claim()

  expect(claimed).toMatchObject({
    id: job,
    epoch: 1,
    mode: 'remix',
    variant: scene.variant,
    model_key: 'flux1-dev',
    mask: null,
    spec: { prompt: 'a lighthouse', negative: '', creativity: 50, chaos: 30, seed: '7', params: { denoise: 0.6 } },
    inputs: [{ asset_id: scene.artist.asset, role: 'base', weight: 1, order: 0, mime: 'image/png', width: 64 }],
  })
  expect(JSON.stringify(claimed)).not.toContain(scene.artist.id)
  expect(await jobOf(db, claimed.id)).toMatchObject({
    status: 'running',
    stage: 'starting',
    epoch: 1,
    attempts: 1,
    stand_in: true,
    worker_id: scene.worker,
  })
  const attempts = await rows(db, 'select worker_id, outcome, template from job_attempts where job_id = $1', [job])
  expect(attempts).toEqual([{ worker_id: scene.worker, outcome: null, template: `remix/${scene.variant}` }])
})

test('a claim carries the mask with the facts of its image', async () => {
  const scene = await makeScene(db)
  const work = await makeAsset(db, scene.artist.id, 'work')
  const mask = await makeAsset(db, scene.artist.id, 'mask')
  await scene.press({ asset: work, role: 'source', mask: { asset_id: mask, grow: 4, feather: 8 } })

  expect((await scene.claim()).mask).toMatchObject({
    asset_id: mask,
    grow: 4,
    feather: 8,
    mime: 'image/png',
  })
})

test('an image from toy weights is labelled like one from the stand-in', async () => {
  const scene = await makeScene(db)
  await db.pool.query(
    `update workers set capabilities = capabilities || '{"standIn": false, "toy": true}' where id = $1`,
    [scene.worker],
  )

  expect(await jobOf(db, (await scene.start()).id)).toMatchObject({ stand_in: true })
})

test('8 claimers take 60 jobs with one claim each and no duplicate', async () => {
  const artists = await Promise.all(Array.from({ length: 6 }, () => makeArtist(db, { credits: 10, free: false })))
  for (const artist of artists) {
    for (let index = 0; index < 10; index += 1) await press(db, { artist, variant })
  }
  const workers = await Promise.all(Array.from({ length: 8 }, () => makeWorker(db, { templates: [template] })))

  const taken = (
    await Promise.all(
      workers.map(async (worker) => {
        const ids: string[] = []
        for (let misses = 0; misses < 5;) {
          const claimed = await claim(db, worker.id)
          if (claimed === null) misses += 1
          else ids.push(claimed.id)
        }
        return ids
      }),
    )
  ).flat()

  expect(taken).toHaveLength(60)
  expect(new Set(taken).size).toBe(60)
})

test('lanes are served in turn: one artist with many jobs does not hold up another', async () => {
  const [busy, calm] = [
    await makeArtist(db, { credits: 10, free: false }),
    await makeArtist(db, { credits: 10, free: false }),
  ]
  const worker = await makeWorker(db, { templates: [template] })
  await press(db, { artist: busy, count: 4, variant })
  await press(db, { artist: calm, count: 2, variant })

  const order: string[] = []
  for (let index = 0; index < 6; index += 1) order.push(await ownerOf((await claimOne(db, worker.id)).id))

  expect(order).toEqual([busy.id, calm.id, busy.id, calm.id, busy.id, busy.id])
})

test('jobs of one lane are served oldest first', async () => {
  const scene = await makeScene(db)
  const first = await scene.press({ count: 2 })
  const second = await scene.press({ count: 2 })

  const order = [await scene.claim(), await scene.claim(), await scene.claim(), await scene.claim()]

  expect(order.map((claimed) => claimed.id)).toEqual([...first, ...second])
})

test('classes are drawn 8 : 3 : 1', async () => {
  await setSettings(db, { free_caps: { account: 1000, network: 1000, wide: 1000 } })
  const paid = await makeArtist(db, { credits: 1000, free: false })
  await db.pool.query('update free_usage set used = 1000 where bucket = $1', [`account:${paid.id}`])
  const free = await makeArtist(db)
  const anon = await makeArtist(db, { anonymous: true })
  const worker = await makeWorker(db, { templates: [template] })
  for (let index = 0; index < 30; index += 1) {
    await press(db, { artist: free, count: 4, variant, purse: 'free' })
    await press(db, { artist: anon, count: 4, variant, purse: 'free' })
  }
  for (let index = 0; index < 75; index += 1) await press(db, { artist: paid, count: 4, variant })
  await db.pool.query(`update settings set running_caps = '{"paid": 1000, "free": 1000, "anon": 1000}'`)

  const counts = { paid: 0, free: 0, anon: 0 }
  for (let index = 0; index < 240; index += 1) {
    const { lane } = await jobOf(db, (await claimOne(db, worker.id)).id)
    if (lane === 'paid' || lane === 'free' || lane === 'anon') counts[lane] += 1
  }
  await db.pool.query('update free_usage set used = 10 where bucket = $1', [`account:${paid.id}`])
  await setSettings(db, { free_caps: { account: 10, network: 10, wide: 40 } })

  // Expected 160 : 60 : 20; four standard deviations either side.
  expect(Math.abs(counts.paid - 160)).toBeLessThan(30)
  expect(Math.abs(counts.free - 60)).toBeLessThan(27)
  expect(Math.abs(counts.anon - 20)).toBeLessThan(18)
})

test('a class without work for this worker leaves its turn to the others', async () => {
  const other = await makeArtist(db, { credits: 10, free: false })
  await press(db, { artist: other, variant: 'elsewhere' })
  const anon = await makeArtist(db, { anonymous: true })
  await press(db, { artist: anon, variant, purse: 'free' })
  const worker = await makeWorker(db, { templates: [template] })

  expect(await ownerOf((await claimOne(db, worker.id)).id)).toBe(anon.id)
})

test('a lane never runs more than its cap, however many claim at once', async () => {
  await setSettings(db, { running_caps: { paid: 3, free: 4, anon: 2 } })
  const artist = await makeArtist(db, { credits: 100, free: false })
  for (let index = 0; index < 5; index += 1) await press(db, { artist, count: 4, variant })
  const workers = await Promise.all(Array.from({ length: 12 }, () => makeWorker(db, { templates: [template] })))

  const claimed = await Promise.all(workers.map((worker) => claim(db, worker.id)))

  expect(claimed.filter((one) => one !== null)).toHaveLength(3)
})

test('never more jobs run than max_concurrent, however many claim at once', async () => {
  const running = Number((await rows(db, `select count(*) from jobs where status = 'running'`))[0]?.['count'])
  await setSettings(db, { max_concurrent: running + 5 })
  const artists = await Promise.all(Array.from({ length: 20 }, () => makeArtist(db, { credits: 10, free: false })))
  await Promise.all(artists.map((artist) => press(db, { artist, variant })))
  const worker = await makeWorker(db, { templates: [template] })

  const claimed = await Promise.all(Array.from({ length: 20 }, () => claim(db, worker.id)))
  await db.pool.query('update settings set max_concurrent = null')

  expect(claimed.filter((one) => one !== null)).toHaveLength(5)
})

test('a worker gets only what it can run, from whom it is trusted by', async () => {
  const artist = await makeArtist(db, { credits: 10, free: false })
  await press(db, { artist, variant, minTrust: 'datacenter' })
  const unable = await makeWorker(db, { templates: ['remix/other'] })
  const community = await makeWorker(db, { templates: [template], trust: 'community' })
  const datacenter = await makeWorker(db, { templates: [template], trust: 'datacenter' })

  expect(await claim(db, unable.id)).toBeNull()
  expect(await claim(db, community.id)).toBeNull()
  expect(await claim(db, datacenter.id)).not.toBeNull()
})

test('a job asks for at least the trust of the settings at its press', async () => {
  await setSettings(db, { min_trust: 'own' })
  const artist = await makeArtist(db, { credits: 10, free: false })
  await press(db, { artist, variant, minTrust: 'provider' })
  await setSettings(db, { min_trust: 'community' })
  const worker = await makeWorker(db, { templates: [template], trust: 'datacenter' })

  expect(await claim(db, worker.id)).toBeNull()
})

test('a provider that offers nothing gets nothing, whatever is allowed', async () => {
  await setSettings(db, { provider_fallback: true })
  const artist = await makeArtist(db, { credits: 10, free: false })
  await press(db, { artist, variant })
  const provider = await makeWorker(db, { templates: [template], trust: 'provider' })

  expect(await claim(db, provider.id)).toBeNull()
  await setSettings(db, { provider_fallback: false })
})

test('nothing is dispatched while paused, draining or over the daily cap', async () => {
  const scene = await makeScene(db)
  await scene.press()

  await setSettings(db, { dispatch_paused: true })
  expect(await claim(db, scene.worker)).toBeNull()
  await setSettings(db, { dispatch_paused: false, daily_cap_usd: 0 })
  expect(await claim(db, scene.worker)).toBeNull()
  await db.pool.query('update settings set daily_cap_usd = null')
  await db.pool.query('update workers set draining = true where id = $1', [scene.worker])
  expect(await claim(db, scene.worker)).toBeNull()
  await db.pool.query('update workers set draining = false where id = $1', [scene.worker])
  expect(await claim(db, scene.worker)).not.toBeNull()
})

test('a worker holds no more jobs than worker_cap', async () => {
  await setSettings(db, { worker_cap: 2 })
  const scene = await makeScene(db)
  await scene.press({ count: 3 })
  const first = await scene.claim()
  await scene.claim()

  const third = await claim(db, scene.worker)
  await complete(db, scene.worker, first.id, first.epoch)
  const again = await claim(db, scene.worker)
  await setSettings(db, { worker_cap: 1000 })

  expect(third).toBeNull()
  expect(again).not.toBeNull()
})

test('a job whose model is warm goes first, but a lane that 30 s of such work went before is next', async () => {
  const [cold, warm] = [
    await makeArtist(db, { credits: 10, free: false }),
    await makeArtist(db, { credits: 10, free: false }),
  ]
  await press(db, { artist: cold, count: 2, variant, model: 'sdxl' })
  await press(db, { artist: warm, count: 4, variant, model: 'flux1-dev' })
  const worker = await makeWorker(db, { templates: [template] })
  const served: string[] = []

  // Ten seconds a job as long as none was measured.
  for (let turn = 0; turn < 5; turn += 1) {
    served.push(await ownerOf((await claim(db, worker.id, ['flux1-dev']))?.id ?? ''))
  }

  expect(served).toEqual([warm.id, warm.id, warm.id, cold.id, warm.id])
  expect(await rows(db, 'select warm from workers where id = $1', [worker.id])).toEqual([{ warm: ['flux1-dev'] }])
})

test('the look for a warm model ends after 32 lanes', async () => {
  const artists = await Promise.all(Array.from({ length: 33 }, () => makeArtist(db, { credits: 1, free: false })))
  for (const [index, artist] of artists.entries()) {
    await press(db, { artist, variant, model: index === 32 ? 'flux1-dev' : 'sdxl' })
  }
  const worker = await makeWorker(db, { templates: [template] })

  expect(await ownerOf((await claim(db, worker.id, ['flux1-dev']))?.id ?? '')).toBe(artists[0]?.id)
  // One lane is gone: the warm one is now the 32nd.
  expect(await ownerOf((await claim(db, worker.id, ['flux1-dev']))?.id ?? '')).toBe(artists[32]?.id)
})

test('E07 a revoked key and a revoked box are refused at the next claim', async () => {
  const byKey = await makeWorker(db)
  const byBox = await makeWorker(db)
  await call(db, 'revoke_worker_key', [byKey.keyId])
  await db.pool.query('update workers set revoked_at = now() where id = $1', [byBox.id])

  expect((await refusal(claim(db, byKey.id))).code).toBe('WORKER_REVOKED')
  expect((await refusal(claim(db, byBox.id))).code).toBe('WORKER_REVOKED')
  expect((await refusal(call(db, 'check_worker', [randomUUID()]))).code).toBe('WORKER_REVOKED')
})
