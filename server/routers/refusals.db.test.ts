import { createHmac, createPublicKey, randomUUID } from 'node:crypto'
import type { AnyProcedure, AnyRouter } from '@trpc/server'
import { type JWK, SignJWT, decodeJwt, importJWK } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeSigningKey } from '#server/testing/deps.ts'
import { animatedWebp, bomb, jpeg, png, svg } from '#server/testing/images.ts'
import { type LiveServer, type Person, refusalOf, startLiveServer, upload } from '#server/testing/live-server.ts'
import { type Wish, wishFor, wishOf } from '#server/testing/pressing.ts'
import { appRouter } from '#server/trpc/root.ts'
import { expectInvariants } from '#supabase/tests/invariants.ts'

let server: LiveServer
let artist: Person
let wish: Wish

beforeAll(async () => {
  server = await startLiveServer({ TRUSTED_HOPS: '1' })
  artist = await server.anonymous(from('203.0.113.1'))
  wish = await wishOf(artist)
})
afterAll(() => server[Symbol.asyncDispose]())

/** As a trusted proxy in front of the server would say it. */
const from = (address: string) => ({ 'x-forwarded-for': `6.6.6.6, ${address}` })

const bytesAt = async (url: string) => Buffer.from(await (await fetch(url)).arrayBuffer())

const press = (changes: Partial<Wish> = {}, person = artist) =>
  person.api.forge.create.mutate({ ...wish, requestId: randomUUID(), ...changes })

describe('an upload', () => {
  it.each<[string, () => Promise<Uint8Array> | Uint8Array, string]>([
    ['an SVG called PNG', svg, 'FILE_TYPE_UNSUPPORTED'],
    ['a program called PNG', () => Buffer.from('MZ not an image'), 'FILE_TYPE_UNSUPPORTED'],
    ['30 KB that decode to 16,000 squared', bomb, 'IMAGE_TOO_MANY_PIXELS'],
    ['a cut JPEG', async () => (await jpeg({ width: 640, height: 480 })).subarray(0, 4_000), 'FILE_UNREADABLE'],
    ['six megabytes', () => new Uint8Array(6 * 1024 * 1024), 'FILE_TOO_LARGE'],
    ['an animation', animatedWebp, 'IMAGE_ANIMATED'],
    ['one pixel', () => png({ width: 1, height: 1 }), 'IMAGE_TOO_SMALL'],
  ])('of %s is refused', async (_name, make, code) => {
    const { status, confirm } = await upload(artist.api, await make())

    expect(status).toBe(200)
    expect((await refusalOf(confirm())).code).toBe(code)
  })

  it('E16 is written once, confirmed once, and served under another name', async () => {
    const { ticket, putAgain, confirm } = await upload(artist.api, await png())

    expect((await putAgain()).ok).toBe(false)
    const asset = await confirm()
    const before = await bytesAt(asset.url)
    await putAgain()

    expect((await confirm()).id).toBe(asset.id)
    expect(asset.url).not.toContain(new URL(ticket.url).pathname.split('/').at(-1))
    expect((await fetch(asset.url)).headers.get('content-type')).toBe('image/png')
    expect(await bytesAt(asset.url)).toEqual(before)
  })

  it('E16 leaked by its address opens that file alone, for reading alone', async () => {
    const [mine, other] = [await (await upload(artist.api, await png())).confirm(), await wishOf(artist)]
    const id = other.inputs?.[0]?.assetId ?? ''
    const { rows } = await server.db.pool.query('select storage_key from public.assets where id = $1', [id])
    const leaked = new URL(mine.url)
    const swapped = new URL(leaked)
    swapped.pathname = swapped.pathname.replace(/inputs\/.*/, rows[0].storage_key)
    const before = await bytesAt(mine.url)

    expect(swapped.pathname).not.toBe(leaked.pathname)
    expect((await fetch(swapped)).ok).toBe(false)
    for (const method of ['PUT', 'POST', 'DELETE']) {
      expect([method, (await fetch(leaked, { method, headers: { 'content-type': 'image/png' } })).ok]).toEqual([
        method,
        false,
      ])
    }
    expect(await bytesAt(mine.url)).toEqual(before)
    await expectInvariants(server.db)
  })

  it('E01 of another user does not exist', async () => {
    const stranger = await server.anonymous(from('203.0.113.2'))
    const { ticket } = await upload(artist.api, await png())

    const foreign = stranger.api.assets.confirm.mutate({ uploadId: ticket.uploadId })

    expect((await refusalOf(foreign)).code).toBe('UPLOAD_NOT_FOUND')
  })

  it('that was never sent is missing', async () => {
    const ticket = await artist.api.assets.requestUpload.mutate({ mime: 'image/png', bytes: 10 })

    expect((await refusalOf(artist.api.assets.confirm.mutate({ uploadId: ticket.uploadId }))).code).toBe(
      'UPLOAD_MISSING',
    )
  })
})

describe('a press', () => {
  it.each<[string, Record<string, unknown>, string]>([
    ['a NUL in the prompt', { prompt: 'a\u0000b' }, 'PROMPT_INVALID'],
    ['a prompt of 60 KB', { prompt: 'x'.repeat(60_000) }, 'PROMPT_INVALID'],
    ['a prompt of a megabyte', { prompt: 'x'.repeat(1_000_000) }, 'INVALID_INPUT'],
    ['creativity NaN', { creativity: Number.NaN }, 'INVALID_INPUT'],
    ['creativity as text', { creativity: '50' }, 'INVALID_INPUT'],
    ['chaos 100.5', { chaos: 100.5 }, 'INVALID_INPUT'],
    ['five images', { count: 5 }, 'INVALID_INPUT'],
    ['an unknown mode', { mode: 'nope' }, 'MODE_UNKNOWN'],
    ['an unknown asset', { inputs: [{ assetId: randomUUID(), role: 'base' }] }, 'ASSET_NOT_FOUND'],
    ['a price of its own', { steps: 1 }, 'INVALID_INPUT'],
    ['another price', { expectedPrice: 0 }, 'PRICE_CHANGED'],
    ['credits while it is free', { purse: 'credits' }, 'PRICE_CHANGED'],
  ])('with %s is refused', async (_name, changes, code) => {
    expect((await refusalOf(press(changes as Partial<Wish>))).code).toBe(code)
  })

  it('E01 with the asset of another user is refused', async () => {
    const stranger = await server.anonymous(from('203.0.113.3'))

    expect((await refusalOf(press({}, stranger))).code).toBe('ASSET_NOT_FOUND')
  })

  it('that is sent twice makes one job, and another wish under its id is refused', async () => {
    const requestId = randomUUID()

    const first = await press({ requestId })
    const second = await press({ requestId })
    const other = press({ requestId, prompt: 'something else' })

    expect(second.jobs).toEqual(first.jobs)
    expect((await refusalOf(other)).code).toBe('REQUEST_ID_REUSED')
    expect((await artist.api.limits.mine.query()).jobs.open).toBe(1)
    await artist.api.forge.cancel.mutate({ id: first.jobs[0]?.id ?? '' })
  })

  it('for an eleventh free image is refused, also after signing in anew from the same network', async () => {
    const home = from('2001:db8:1:2::1')
    const first = await server.anonymous(home)
    const own = await wishOf(first)
    for (const count of [4, 4, 2]) {
      const { jobs } = await first.api.forge.create.mutate({
        ...own,
        requestId: randomUUID(),
        count,
        expectedPrice: count,
      })
      expect(jobs).toHaveLength(count)
    }
    await server.db.pool.query(`update public.settings set open_caps = '{"permanent": 40, "anonymous": 40}'`)

    const eleventh = await refusalOf(first.api.forge.create.mutate({ ...own, requestId: randomUUID() }))
    const second = await server.anonymous(from('2001:db8:1:2:ffff::9'))
    const again = await refusalOf(second.api.forge.create.mutate(await wishOf(second)))
    const elsewhere = await server.anonymous(from('2001:db8:9:9::1'))

    expect(eleventh).toMatchObject({
      code: 'FREE_LIMIT_REACHED',
      data: { resets_at: expect.stringMatching(/T00:00:00/) },
    })
    expect(again.code).toBe('FREE_LIMIT_REACHED')
    expect((await second.api.limits.mine.query()).free).toMatchObject({ left: 0, shared: true })
    expect((await elsewhere.api.forge.create.mutate(await wishOf(elsewhere))).jobs).toHaveLength(1)
  })

  it('for credits of a non-commercial model needs a stated licence', async () => {
    await server.changeSettings(`variants = variants || '{"remix": "dev"}'`)
    const buyer = await server.permanent(from('203.0.113.4'))
    const own = await wishOf(buyer, { purse: 'credits' })

    const refused = await refusalOf(buyer.api.forge.create.mutate(own))

    expect(refused).toMatchObject({ code: 'LICENCE_REQUIRED', data: { licence: expect.stringContaining('FLUX') } })
    await server.changeSettings(`variants = variants || '{"remix": "schnell"}'`)
  })
})

describe('a job of another user', () => {
  it('E01 does not exist', async () => {
    const { jobs } = await press()
    const id = jobs[0]?.id ?? ''
    const stranger = await server.anonymous(from('203.0.113.5'))

    expect((await refusalOf(stranger.api.forge.get.query({ id }))).code).toBe('JOB_NOT_FOUND')
    expect((await refusalOf(stranger.api.forge.cancel.mutate({ id }))).code).toBe('JOB_NOT_FOUND')
  })
})

describe('a token', () => {
  const key = () => server.env.SUPABASE_JWT_SIGNING_KEY
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const sign = async (changes: Record<string, unknown>, kid = key().kid, by: JWK = key()) =>
    new SignJWT({ ...decodeJwt(artist.token), ...changes })
      .setProtectedHeader({ alg: 'ES256', kid })
      .sign(await importJWK(by, 'ES256'))
  /** The status and code of a call by its bare name; what it asks for is refused before it is read. */
  async function ask(path: string, token: string): Promise<[number, unknown]> {
    const type = proceduresOf(appRouter).get(path)
    const response = await fetch(`${server.url}/trpc/${path}`, {
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(type === 'mutation' ? { method: 'POST', body: '{}' } : {}),
    })
    const { error } = (await response.json()) as { error?: { data: { forge: { code: string } } } }
    return [response.status, error?.data.forge.code]
  }

  it('of Supabase Auth is good', async () => {
    const balance = (token: string) => server.api(token).credits.balance.query()

    expect(await balance(artist.token)).toEqual({ balance: 0, held: 0 })
    expect(await balance(await sign({}))).toEqual({ balance: 0, held: 0 })
  })

  it('E06 that expired is refused and says so', async () => {
    const refused = server.api(await sign({ exp: 1 })).credits.balance.query()

    expect(await refusalOf(refused)).toEqual({ code: 'UNAUTHENTICATED', data: { expired: true } })
  })

  it.each<[string, () => Promise<string> | string]>([
    ['that expired', () => sign({ exp: 1 })],
    ['with another issuer', () => sign({ iss: 'https://elsewhere.test/auth/v1' })],
    ['with another audience', () => sign({ aud: 'other' })],
    ['with the role of the server', () => sign({ role: 'service_role' })],
    ['with another key id', () => sign({}, 'other')],
    ['signed by another key under our id', () => sign({}, key().kid, makeSigningKey())],
    ['with alg none', () => `${encode({ alg: 'none', kid: key().kid })}.${encode(decodeJwt(artist.token))}.`],
    [
      'signed with the public key as a secret',
      () => {
        const { d: _private, ...jwk } = key()
        const pem = createPublicKey({ key: jwk, format: 'jwk' }).export({ type: 'spki', format: 'pem' })
        const body = `${encode({ alg: 'HS256', kid: jwk.kid })}.${encode(decodeJwt(artist.token))}`
        return `${body}.${createHmac('sha256', pem).update(body).digest('base64url')}`
      },
    ],
  ])('E06 %s answers 401, here and at the database', async (_name, forge) => {
    const token = await forge()
    const headers = { apikey: server.env.SUPABASE_PUBLISHABLE_KEY, authorization: `Bearer ${token}` }

    expect(await ask('credits.balance', token)).toEqual([401, 'UNAUTHENTICATED'])
    expect(await ask('worker.claim', token)).toEqual([401, 'UNAUTHENTICATED'])
    // A role that the database has, signed by our own key, can only come from us; there it is the grants that count.
    if (decodeJwt(token)['role'] !== 'service_role')
      expect((await fetch(`${server.env.SUPABASE_URL}/rest/v1/jobs`, { headers })).status).toBe(401)
  })

  it('E03 of a user opens no call of a worker, nor does the key of the server', async () => {
    const calls = [...proceduresOf(appRouter).keys()].filter((path) => /^worker\.(?!session$)/.test(path))

    expect(calls.length).toBeGreaterThanOrEqual(5)
    for (const path of calls) {
      expect([path, ...(await ask(path, artist.token))]).toEqual([path, 403, 'FORBIDDEN'])
      expect((await ask(path, server.env.SUPABASE_SECRET_KEY))[0]).toBe(401)
    }
  })

  it('E05 of a worker opens no call of a user or an operator, and reads no table', async () => {
    const { session } = await server.worker()
    const open = new Set(['modes.list', 'credits.packs', 'shares.view'])
    const calls = [...proceduresOf(appRouter).keys()].filter((path) => !path.startsWith('worker.') && !open.has(path))
    const headers = { apikey: session.publishableKey, authorization: `Bearer ${session.token}` }

    expect(calls.length).toBeGreaterThan(20)
    for (const path of calls) expect([path, ...(await ask(path, session.token))]).toEqual([path, 403, 'FORBIDDEN'])
    for (const table of ['accounts', 'ledger', 'jobs', 'job_specs', 'profiles', 'workers', 'uploads']) {
      const answer = await fetch(`${server.env.SUPABASE_URL}/rest/v1/${table}?select=*`, { headers })
      expect([table, answer.status]).toEqual([table, 403])
    }
    await expectInvariants(server.db)
  })
})

/** Every call of the server by its full name, and whether it is a mutation. */
function proceduresOf(router: AnyRouter): ReadonlyMap<string, string> {
  const procedures: Record<string, AnyProcedure> = router._def.procedures
  return new Map(Object.entries(procedures).map(([path, { _def }]) => [path, _def.type]))
}

describe('account.merge', () => {
  it('moves the finished work of an anonymous account that proves itself', async () => {
    const guest = await server.anonymous(from('203.0.113.6'))
    const keeper = await server.permanent(from('203.0.113.6'))
    const { jobs } = await guest.api.forge.create.mutate(await wishOf(guest))

    const stolen = await refusalOf(keeper.api.account.merge.mutate({ from: `${guest.token}x` }))
    const early = await refusalOf(keeper.api.account.merge.mutate({ from: guest.token }))
    await guest.api.forge.cancel.mutate({ id: jobs[0]?.id ?? '' })
    const merged = await keeper.api.account.merge.mutate({ from: guest.token })

    expect(stolen).toMatchObject({ code: 'INVALID_INPUT', data: { path: 'from' } })
    expect(early).toEqual({ code: 'TOO_MANY_JOBS', data: { open: 1, cap: 0 } })
    expect(merged).toEqual({ jobs: 1 })
    expect((await keeper.api.forge.get.query({ id: jobs[0]?.id ?? '' })).id).toBe(jobs[0]?.id)
  })

  it('takes no permanent account, and not from an anonymous one', async () => {
    const [one, two] = [await server.permanent(), await server.permanent()]

    expect((await refusalOf(one.api.account.merge.mutate({ from: two.token }))).code).toBe('INVALID_INPUT')
    expect((await refusalOf(artist.api.account.merge.mutate({ from: one.token }))).code).toBe('FORBIDDEN')
  })
})

describe('a visitor', () => {
  it('sees modes, prices and limits without an account', async () => {
    const visitor = server.api(null, from('198.51.100.77'))

    const { modes } = await visitor.modes.list.query()
    expect(modes.map(({ key, variant, available }) => [key, variant, available])).toEqual([
      ['inpaint', 'sdxl', true],
      ['mashup', 'canny', true],
      ['remix', 'schnell', true],
      ['style', 'sdxl', true],
      ['tonic', 'schnell', true],
    ])
    expect(await visitor.forge.quote.query({ mode: 'remix' })).toMatchObject({ purse: 'free', price: 1, refusal: null })
    expect((await visitor.limits.mine.query()).free).toMatchObject({ left: 10, shared: false })
    expect((await refusalOf(visitor.forge.create.mutate(wishFor(randomUUID())))).code).toBe('UNAUTHENTICATED')
  })
})

describe('the server', () => {
  it('is ready, and sweeps', async () => {
    expect(await (await fetch(`${server.url}/health/ready`)).json()).toEqual({
      ready: true,
      database: true,
      storage: true,
    })
    expect(await server.deps.database.sweep()).toMatchObject({ failed: 0, expired_uploads: [] })
    expect(await server.deps.storage.staleStaging(0)).toEqual([])
    expect((await server.deps.storage.staleStaging(Date.now() + 60_000)).length).toBeGreaterThan(0)
  })
})
