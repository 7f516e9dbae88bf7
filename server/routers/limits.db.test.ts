import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { bucketsOf } from '#server/services/limits/buckets.ts'
import { type LiveServer, refusalOf, startLiveServer } from '#server/testing/live-server.ts'
import { wishOf } from '#server/testing/pressing.ts'
import { call, makeArtist, outcomes, press, setSettings, useUpFree } from '#supabase/tests/fixtures.ts'
import { expectInvariants } from '#supabase/tests/invariants.ts'

let server: LiveServer

beforeAll(async () => {
  server = await startLiveServer({ TRUSTED_HOPS: '1' })
})
afterAll(() => server[Symbol.asyncDispose]())
afterEach(() => expectInvariants(server.db))

const from = (address: string) => ({ 'x-forwarded-for': address })
const secret = 'a secret of the tests'

/** The buckets of a guest at that address, as the server names them. */
const bucketsAt = (account: string, address: string) =>
  bucketsOf({ account, anonymous: true, young: true, address }, secret)

const usedAt = async (address: string) => {
  const names = bucketsAt(randomUUID(), address).map(({ bucket }) => bucket)
  const found = await server.db.pool.query<{ used: number }>('select used from free_usage where bucket = any($1)', [
    names,
  ])
  return found.rows.map(({ used }) => used)
}

it('credits lift the limit at the moment they arrive', async () => {
  const artist = await server.permanent(from('203.0.113.20'))
  await useUpFree(server.db, artist.id)
  const before = await artist.api.forge.quote.query({ mode: 'remix' })
  const wish = await wishOf(artist)
  const refused = await refusalOf(artist.api.forge.create.mutate(wish))

  await call(server.db, 'grant_credits', [artist.id, 20, 'grant', `test:${artist.id}`])
  const after = await artist.api.forge.quote.query({ mode: 'remix' })
  const { jobs, limits } = await artist.api.forge.create.mutate({
    ...wish,
    purse: after.purse,
    expectedPrice: after.price,
  })

  expect(before).toMatchObject({ purse: 'free', refusal: 'FREE_LIMIT_REACHED' })
  expect(refused.code).toBe('FREE_LIMIT_REACHED')
  expect(after).toMatchObject({ purse: 'credits', refusal: null })
  expect(jobs[0]).toMatchObject({ status: 'queued', purse: 'credits', cancel: 'returns', waitsFor: 'no_worker' })
  expect(limits.credits).toEqual({ balance: 20 - after.price, held: after.price })
})

it('D13 a press that names its own price, cost or credits is refused, and a wrong expectation holds nothing', async () => {
  const artist = await server.permanent(from('203.0.113.21'))
  const wish = await wishOf(artist)
  for (const lie of [{ price: 0 }, { cost: 0 }, { credits: 100 }, { steps: 1 }]) {
    const refused = await refusalOf(artist.api.forge.create.mutate({ ...wish, ...lie }))
    expect(refused.code).toBe('INVALID_INPUT')
  }
  const cheap = await refusalOf(artist.api.forge.create.mutate({ ...wish, expectedPrice: 0 }))
  const negative = await refusalOf(artist.api.forge.create.mutate({ ...wish, expectedPrice: -5 }))

  expect([cheap.code, negative.code]).toEqual(['PRICE_CHANGED', 'INVALID_INPUT'])
  expect((await artist.api.limits.mine.query()).jobs.open).toBe(0)
})

it('an account older than a day never counts in a network; a younger one only in the wide bucket', async () => {
  const [old, young] = ['198.51.100.1', '198.51.100.2']
  const veteran = await server.permanent(from(old))
  await server.db.pool.query(`update auth.users set created_at = now() - interval '25 hours' where id = $1`, [
    veteran.id,
  ])
  const novice = await server.permanent(from(young))
  for (const person of [veteran, novice]) await person.api.forge.create.mutate(await wishOf(person))

  expect(await usedAt(old)).toEqual([])
  expect(await usedAt(young)).toEqual([1])
})

it('E12 guests who change their address within a /64 share its ten, within a /56 its forty', async () => {
  await setSettings(server.db, { open_caps: { permanent: 40, anonymous: 40 } })
  const pressAt = async (address: string) => {
    const artist = await makeArtist(server.db, { anonymous: true })
    return press(server.db, { artist, purse: 'free', buckets: bucketsAt(artist.id, address) })
  }
  const hosts = Array.from({ length: 30 }, (_, index) => `2001:db8:a:100:${index.toString(16)}::1`)
  const nets = Array.from({ length: 60 }, (_, index) => `2001:db8:b:2${index.toString(16).padStart(2, '0')}::1`)

  const within64 = await outcomes(hosts.map(pressAt))
  const within56 = await outcomes(nets.map(pressAt))

  expect([within64.done.length, new Set(within64.codes)]).toEqual([10, new Set(['FREE_LIMIT_REACHED'])])
  expect([within56.done.length, new Set(within56.codes)]).toEqual([40, new Set(['FREE_LIMIT_REACHED'])])
})

it('E11 an account made anew on the same network has no fresh ten, and one image of ten wishes at once passes', async () => {
  const address = '198.51.100.77'
  await setSettings(server.db, { open_caps: { permanent: 40, anonymous: 40 } })
  for (let index = 0; index < 9; index += 1) {
    const artist = await makeArtist(server.db, { anonymous: true })
    await press(server.db, { artist, purse: 'free', buckets: bucketsAt(artist.id, address) })
  }
  const guests = await Promise.all(Array.from({ length: 100 }, () => makeArtist(server.db, { anonymous: true })))

  const { done } = await outcomes(
    guests.map((artist) => press(server.db, { artist, purse: 'free', buckets: bucketsAt(artist.id, address) })),
  )

  expect(done).toHaveLength(1)
})
