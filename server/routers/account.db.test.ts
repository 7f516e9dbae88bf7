import { randomUUID } from 'node:crypto'
import { createClient } from '@supabase/supabase-js'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { erase } from '#server/services/account/erase.ts'
import { type LiveServer, refusalOf, startLiveServer } from '#server/testing/live-server.ts'
import { wishOf } from '#server/testing/pressing.ts'
import type { ExportPage } from '#shared/account/schema.ts'
import { expectInvariants } from '#supabase/tests/invariants.ts'

let server: LiveServer
beforeAll(async () => {
  server = await startLiveServer()
})
afterAll(() => server[Symbol.asyncDispose]())

type Exported = { [Part in ExportPage['part']]: Extract<ExportPage, { part: Part }>['items'] }

/** Every part of the export, all pages of it. */
async function exported(api: LiveServer['api'] extends (...args: never[]) => infer Api ? Api : never) {
  const parts: Partial<Record<ExportPage['part'], unknown[]>> = {}
  for (const part of ['account', 'jobs', 'images', 'links', 'ledger'] as const) {
    const items: unknown[] = []
    let cursor: string | null = null
    do {
      const page: ExportPage = await api.account.export.query({ part, cursor })
      items.push(...page.items)
      cursor = page.nextCursor
    } while (cursor !== null)
    parts[part] = items
  }
  return parts as Exported
}

test('an export holds who it is, every job with its words, every image and link, every credit', async () => {
  const artist = await server.permanent()
  await server.db.pool.query(`select public.grant_credits($1, 5, 'grant', $2)`, [artist.id, `test:${artist.id}`])
  const { jobs } = await artist.api.forge.create.mutate(await wishOf(artist))
  const jobId = jobs[0]?.id ?? ''
  const { id } = await artist.api.shares.create.mutate({ jobId, recipe: true })
  await artist.api.shares.revoke.mutate({ id })

  const all = await exported(artist.api)

  expect(all.account).toMatchObject([{ id: artist.id, anonymous: false, providers: ['email'], balance: 5, held: 0 }])
  expect(all.account[0]?.email).toMatch(/@example\.test$/)
  expect(all.jobs).toMatchObject([{ prompt: 'a lighthouse of bone', seed: '7' }])
  expect(all.ledger).toMatchObject([{ kind: 'granted', delta: 5, balanceAfter: 5 }])
  expect(all.links).toMatchObject([{ id, job: jobId, recipe: true, revokedAt: expect.any(String) }])
  expect(all.images).toMatchObject([{ kind: 'input', job: null }])
  expect((await fetch(all.images[0]?.url ?? '')).status).toBe(200)
})

test('pages of images follow each other without a gap or a repeat', async () => {
  const artist = await server.anonymous()
  await server.db.pool.query(
    `insert into public.assets (id, owner, kind, storage_key, mime, width, height, bytes, sha256)
     select i, $1, 'input', 'inputs/' || i || '.png', 'image/png', 64, 64, 9, repeat('ab', 32)
     from (select gen_random_uuid() as i from generate_series(1, 101)) x`,
    [artist.id],
  )
  const pages: number[] = []
  let cursor: string | null = null
  do {
    const page: ExportPage = await artist.api.account.export.query({ part: 'images', cursor })
    pages.push(page.nextCursor === null ? 0 : 1)
    cursor = page.nextCursor
  } while (cursor !== null)

  expect(pages).toEqual([1, 1, 0])
})

test.each(['jobs', 'images', 'ledger', 'account'] as const)('a cursor of another part is refused: %s', async (part) => {
  const artist = await server.anonymous()

  const refused = await refusalOf(artist.api.account.export.query({ part, cursor: 'not-a-cursor' }))

  expect(refused).toEqual({ code: 'INVALID_INPUT', data: { path: 'cursor' } })
})

test.each(['2026-99-01T00:00:00Z', '2026-01-01T:::Z', '0000-01-01T00:00:00Z', '2026-01-01T1.1.1.1.Z'])(
  'a cursor of jobs that is no moment is refused: %s',
  async (cursor) => {
    const artist = await server.anonymous()

    const refused = await refusalOf(artist.api.account.export.query({ part: 'jobs', cursor }))

    expect(refused).toEqual({ code: 'INVALID_INPUT', data: { path: 'cursor' } })
  },
)

test('closing leaves no row, no object and no user, and the token is worth nothing', async () => {
  const artist = await server.permanent()
  await artist.api.forge.create.mutate(await wishOf(artist))
  expect((await artist.api.account.me.query()).id).toBe(artist.id)

  expect(await artist.api.account.close.mutate({ confirm: 'delete' })).toEqual({ ended: 1, credits: 0 })
  await erase(server.deps)

  const { rows } = await server.db.pool.query(
    `select (select count(*)::int from auth.users where id = $1) as users,
       (select count(*)::int from public.assets where owner = $1) as assets,
       (select count(*)::int from private.doomed_objects) as doomed,
       (select count(*)::int from storage.objects where name like 'inputs/%') as objects`,
    [artist.id],
  )
  expect(rows).toEqual([{ users: 0, assets: 0, doomed: 0, objects: 1 }])
  expect((await refusalOf(artist.api.account.me.query())).code).toBe('UNAUTHENTICATED')
  expect((await refusalOf(wishOf(artist))).code).toBe('UNAUTHENTICATED')
  await expectInvariants(server.db)
})

test('an account whose user cannot be forgotten now is forgotten by a later tick', async () => {
  const artist = await server.anonymous()
  const down = { ...server.deps.accounts, forget: () => Promise.reject(new Error('auth is away')) }
  await server.deps.accounts.close(artist.id)

  await erase({ ...server.deps, accounts: down })
  const kept = await server.db.pool.query('select 1 from auth.users where id = $1', [artist.id])
  await server.db.pool.query('update private.closed_accounts set tried_at = null')
  await erase(server.deps)
  const gone = await server.db.pool.query('select 1 from auth.users where id = $1', [artist.id])

  expect([kept.rowCount, gone.rowCount]).toEqual([1, 0])
})

test('a merge needs two good tokens in one request, and is the same when repeated', async () => {
  const [guest, member] = [await server.anonymous(), await server.permanent()]
  const other = await server.permanent()
  const merge = (from: string) => member.api.account.merge.mutate({ from })

  expect((await refusalOf(merge(other.token))).code).toBe('INVALID_INPUT')
  expect((await refusalOf(merge(`${guest.token.slice(0, -6)}AAAAAA`))).code).toBe('INVALID_INPUT')
  expect((await refusalOf(merge(randomUUID()))).code).toBe('INVALID_INPUT')
  expect((await refusalOf(guest.api.account.merge.mutate({ from: guest.token }))).code).toBe('FORBIDDEN')
  const { jobs } = await guest.api.forge.create.mutate(await wishOf(guest))
  expect((await refusalOf(merge(guest.token))).code).toBe('TOO_MANY_JOBS')
  await guest.api.forge.cancel.mutate({ id: jobs[0]?.id ?? '' })

  const merged = await Promise.all([merge(guest.token), merge(guest.token), merge(guest.token)])

  expect(merged.map((one) => one.jobs).toSorted((one, two) => one - two)).toEqual([0, 0, 1])
  expect((await member.api.forge.list.query({})).items).toHaveLength(1)
  expect((await refusalOf(wishOf(guest))).code).toBe('UNAUTHENTICATED')
  await expectInvariants(server.db)
})

test('a token whose session was ended elsewhere proves nothing, though its signature holds', async () => {
  const [artist, other] = [await server.permanent(), await server.permanent()]
  await server.db.pool.query('delete from auth.sessions where user_id = $1', [artist.id])

  expect(await refusalOf(artist.api.account.me.query())).toEqual({ code: 'UNAUTHENTICATED', data: { expired: true } })
  expect((await other.api.account.me.query()).id).toBe(other.id)
})

test('E08 a guest who edits the own metadata gains nothing', async () => {
  const member = await server.permanent()
  const auth = createClient(server.env.SUPABASE_URL, server.env.SUPABASE_PUBLISHABLE_KEY, {
    auth: { persistSession: false, autoRefreshToken: false },
  }).auth
  await auth.signInAnonymously()
  const data = { is_anonymous: false, role: 'operator', app_metadata: { role: 'operator' } }
  await auth.updateUser({ data })
  const { data: renewed } = await auth.refreshSession()
  const api = server.api(renewed.session?.access_token ?? '')

  expect((await api.account.me.query()).anonymous).toBe(true)
  expect((await refusalOf(api.account.merge.mutate({ from: member.token }))).code).toBe('FORBIDDEN')
  const caller = await server.deps.tokens.identify(renewed.session?.access_token ?? '')
  expect(caller).toEqual({ kind: 'user', user: { id: renewed.user?.id, anonymous: true } })
})
