import { exportJWK, generateKeyPair } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { cloneDatabase } from '#supabase/tests/database.ts'
import type { TestDatabase } from '#supabase/tests/database.ts'
import { signDownload } from '#supabase/local/storage/tokens.ts'
import { startTestApi } from './testing/api.ts'
import type { TestApi } from './testing/api.ts'
import { signToken } from './tokens.ts'

let db: TestDatabase
let api: TestApi
beforeAll(async () => {
  db = await cloneDatabase()
  api = await startTestApi(db)
})
afterAll(async () => {
  await api[Symbol.asyncDispose]()
  await db[Symbol.asyncDispose]()
})

let counter = 0
function newEmail(): string {
  counter += 1
  return `artist-${counter}@example.test`
}
const password = 'correct horse'

async function signedUp(email = newEmail()) {
  const client = api.anon()
  const { data, error } = await client.auth.signUp({ email, password })
  expect(error).toBeNull()
  if (data.session === null || data.user === null) throw new Error('sign-up gives a session')
  return { client, email, session: data.session, user: data.user }
}

function claimsOf(token: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>
}

function call(path: string, init: RequestInit & { token?: string } = {}): Promise<Response> {
  const headers = new Headers(init.headers)
  headers.set('apikey', api.keys.publishableKey)
  if (init.token !== undefined) headers.set('authorization', `Bearer ${init.token}`)
  return fetch(`${api.url}/auth/v1${path}`, { ...init, headers })
}

async function lastMail(recipient: string): Promise<{ code: string; link: string }> {
  const { rows } = await db.pool.query<{ code: string; link: string }>(
    'select code, link from auth.local_inbox where recipient = $1 order by id desc limit 1',
    [recipient],
  )
  const [mail] = rows
  if (mail === undefined) throw new Error('a mail was sent')
  return mail
}

describe('sign-up and password sign-in', () => {
  it('gives a confirmed session whose token getClaims verifies by JWKS', async () => {
    const { client, email, session, user } = await signedUp()

    const { data } = await client.auth.getClaims(session.access_token)

    expect(data?.header).toMatchObject({ alg: 'ES256', kid: api.keys.signingKey.kid })
    expect(data?.claims).toMatchObject({
      iss: `${api.url}/auth/v1`,
      aud: 'authenticated',
      role: 'authenticated',
      sub: user.id,
      email,
      is_anonymous: false,
      aal: 'aal1',
      amr: [{ method: 'password' }],
      app_metadata: { provider: 'email', providers: ['email'] },
    })
    expect(claimsOf(session.access_token)['exp']).toBe(Number(claimsOf(session.access_token)['iat']) + 3600)
    expect(user.email_confirmed_at).toBeTruthy()
    expect(user.identities).toMatchObject([{ provider: 'email', email }])
  })

  it('lets an insert trigger see the sign-up metadata', async () => {
    await db.pool.query(`
      create table public.seen (id uuid, data jsonb);
      create function public.see() returns trigger language plpgsql security definer set search_path = '' as $$
      begin insert into public.seen values (new.id, new.raw_user_meta_data); return new; end $$;
      alter function public.see() owner to postgres; alter table public.seen owner to postgres;
      set role postgres;
      create trigger see after insert on auth.users for each row execute function public.see();
      reset role`)
    const { data } = await api.anon().auth.signUp({ email: newEmail(), password, options: { data: { nick: 'Io' } } })

    const { rows } = await db.pool.query('select data from public.seen where id = $1', [data.user?.id])

    expect(rows).toEqual([{ data: { nick: 'Io' } }])
  })

  it('signs in with the password, whatever the case of the address', async () => {
    const { email, user } = await signedUp()

    const { data } = await api.anon().auth.signInWithPassword({ email: email.toUpperCase(), password })

    expect(data.user?.id).toBe(user.id)
  })

  it.each([
    ['user_already_exists', 422, async () => api.anon().auth.signUp({ email: (await signedUp()).email, password })],
    ['weak_password', 422, () => api.anon().auth.signUp({ email: newEmail(), password: '12345' })],
    ['validation_failed', 400, () => api.anon().auth.signUp({ email: newEmail(), password: 'x'.repeat(73) })],
    ['validation_failed', 400, () => api.anon().auth.signUp({ email: 'no address', password })],
    ['validation_failed', 400, () => api.anon().auth.signUp({ email: newEmail(), password: 'null\u0000byte' })],
    ['invalid_credentials', 400, () => api.anon().auth.signInWithPassword({ email: newEmail(), password })],
    [
      'invalid_credentials',
      400,
      async () => api.anon().auth.signInWithPassword({ email: (await signedUp()).email, password: 'wrong one' }),
    ],
  ])('refuses with %s (%i)', async (code, status, attempt) => {
    const { error } = await attempt()

    expect(error).toMatchObject({ code, status })
  })

  it('names the reasons of a weak password', async () => {
    const { error } = await api.anon().auth.signUp({ email: newEmail(), password: '1' })

    expect(error).toMatchObject({ name: 'AuthWeakPasswordError', reasons: ['length'] })
  })

  it('answers old clients with code, error_code and msg', async () => {
    const response = await call('/signup', { method: 'POST', body: JSON.stringify({ email: 'x', password }) })

    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ code: 400, error_code: 'validation_failed' })
  })

  it('lets one of two sign-ups at the same instant win', async () => {
    const email = newEmail()

    const results = await Promise.all([1, 2, 3].map(() => api.anon().auth.signUp({ email, password })))

    expect(results.filter(({ error }) => error === null)).toHaveLength(1)
  })

  it('refuses bodies that are no JSON or too large, and requests without a key', async () => {
    const headers = { 'x-supabase-api-version': '2024-01-01' }
    const broken = await call('/signup', { method: 'POST', body: '{', headers })
    const large = await call('/signup', {
      method: 'POST',
      body: JSON.stringify({ data: 'x'.repeat(300_000) }),
      headers,
    })
    const keyless = await fetch(`${api.url}/auth/v1/signup`, { method: 'POST', body: '{}' })

    expect(await broken.json()).toMatchObject({ code: 'bad_json' })
    expect(large.status).toBe(413)
    expect(keyless.status).toBe(401)
  })
})

describe('anonymous users', () => {
  it('sign in without anything and keep their id when they add an address and a password', async () => {
    const client = api.anon()
    const { data: before } = await client.auth.signInAnonymously({ options: { data: { theme: 'dark' } } })
    expect(before.user).toMatchObject({ is_anonymous: true, user_metadata: { theme: 'dark' } })
    const email = newEmail()

    const { data: after, error } = await client.auth.updateUser({ email, password })

    expect(error).toBeNull()
    expect(after.user).toMatchObject({ id: before.user?.id, email, is_anonymous: false })
    const { data: again } = await api.anon().auth.signInWithPassword({ email, password })
    expect(again.user?.id).toBe(before.user?.id)
    const { data: refreshed } = await client.auth.refreshSession()
    expect(claimsOf(refreshed.session?.access_token ?? '')).toMatchObject({ is_anonymous: false, email })
  })

  it('cannot take an address that belongs to somebody, nor a password without an address', async () => {
    const { email } = await signedUp()
    const client = api.anon()
    await client.auth.signInAnonymously()

    const taken = await client.auth.updateUser({ email, password })
    const bare = await client.auth.updateUser({ password })

    expect(taken.error).toMatchObject({ code: 'email_exists', status: 422 })
    expect(bare.error).toMatchObject({ code: 'validation_failed', status: 422 })
  })

  it('are limited per address, and can be switched off', async () => {
    await using few = await startTestApi(db, { auth: { anonymousPerHour: 2 } })
    await using none = await startTestApi(db, { auth: { anonymousSignIns: false } })

    const codes = []
    for (let i = 0; i < 3; i += 1) codes.push((await few.anon().auth.signInAnonymously()).error?.code)
    const off = await none.anon().auth.signInAnonymously()

    expect(codes).toEqual([undefined, undefined, 'over_request_rate_limit'])
    expect(off.error).toMatchObject({ code: 'anonymous_provider_disabled', status: 422 })
  })
})

describe('refresh tokens', () => {
  async function refresh(token: string) {
    const { data, error } = await api.anon().auth.refreshSession({ refresh_token: token })
    return { token: data.session?.refresh_token, access: data.session?.access_token, code: error?.code }
  }
  async function age(token: string, seconds: number) {
    await db.pool.query(
      'update auth.refresh_tokens set updated_at = updated_at - make_interval(secs => $2) where token = $1',
      [token, seconds],
    )
  }

  it('rotate, keeping the session', async () => {
    const { session } = await signedUp()

    const next = await refresh(session.refresh_token)

    expect(next.token).not.toBe(session.refresh_token)
    expect(claimsOf(next.access ?? '')['session_id']).toBe(claimsOf(session.access_token)['session_id'])
  })

  it('give the same successor to requests at the same instant', async () => {
    const { session } = await signedUp()

    const results = await Promise.all([1, 2, 3, 4].map(() => refresh(session.refresh_token)))

    expect(new Set(results.map((result) => result.token)).size).toBe(1)
  })

  it('give the newest token again when its answer was lost, however late', async () => {
    const { session } = await signedUp()
    const first = await refresh(session.refresh_token)
    await age(session.refresh_token, 60)

    expect((await refresh(session.refresh_token)).token).toBe(first.token)
  })

  it('may be used again within ten seconds', async () => {
    const { session } = await signedUp()
    const second = await refresh(session.refresh_token)
    await refresh(second.token ?? '')

    expect((await refresh(session.refresh_token)).code).toBeUndefined()
  })

  it('revoke the whole family when an older one comes back after that', async () => {
    const { session } = await signedUp()
    const second = await refresh(session.refresh_token)
    const third = await refresh(second.token ?? '')
    await age(session.refresh_token, 11)

    const stolen = await refresh(session.refresh_token)
    await age(third.token ?? '', 11)
    const honest = await refresh(third.token ?? '')

    expect([stolen.code, honest.code]).toEqual(['refresh_token_already_used', 'refresh_token_already_used'])
  })

  it('that nobody issued are refused', async () => {
    expect((await refresh('made-up')).code).toBe('refresh_token_not_found')
  })
})

describe('the signed-in user', () => {
  it('changes metadata, where null takes a key away', async () => {
    const { client } = await signedUp()
    await client.auth.updateUser({ data: { nick: 'Io', tone: { warm: null } } })

    const { data } = await client.auth.updateUser({ data: { nick: null, size: 3 } })

    expect(data.user?.user_metadata).toEqual({ size: 3, tone: { warm: null } })
  })

  it('changes the password, which ends the other sessions', async () => {
    const { client, email } = await signedUp()
    const other = api.anon()
    await other.auth.signInWithPassword({ email, password })

    const same = await client.auth.updateUser({ password })
    const changed = await client.auth.updateUser({ password: 'a new secret' })

    expect(same.error).toMatchObject({ code: 'same_password' })
    expect(changed.error).toBeNull()
    expect((await other.auth.getUser()).error).toMatchObject({ name: 'AuthSessionMissingError' })
    expect((await api.anon().auth.signInWithPassword({ email, password })).error).not.toBeNull()
    expect((await api.anon().auth.signInWithPassword({ email, password: 'a new secret' })).error).toBeNull()
  })

  it('keeps the old address until the code sent to the new one comes back', async () => {
    const { client, email } = await signedUp()
    const next = newEmail()

    const { data } = await client.auth.updateUser({ email: next })
    const { code } = await lastMail(next)
    const { data: proven } = await api.anon().auth.verifyOtp({ email: next, token: code, type: 'email_change' })

    expect(data.user).toMatchObject({ email, new_email: next })
    expect(proven.user?.email).toBe(next)
  })

  it('cannot give itself app metadata', async () => {
    const { session } = await signedUp()
    const body = JSON.stringify({ app_metadata: { role: 'operator' } })

    const response = await call('/user', { method: 'PUT', token: session.access_token, body })

    expect(response.status).toBe(403)
    expect(await response.json()).toMatchObject({ error_code: 'not_admin' })
  })

  it.each([
    ['global', [false, false]],
    ['local', [false, true]],
    ['others', [true, false]],
  ] as const)('ends sessions by scope: %s', async (scope, alive) => {
    const { session, email } = await signedUp()
    const { data: other } = await api.anon().auth.signInWithPassword({ email, password })

    const response = await call(`/logout?scope=${scope}`, { method: 'POST', token: session.access_token })

    expect(response.status).toBe(204)
    const tokens = [session.access_token, other.session?.access_token ?? '']
    const answers = await Promise.all(tokens.map((token) => call('/user', { token })))
    expect(answers.map((answer) => answer.status === 200)).toEqual(alive)
    for (const answer of answers.filter(({ status }) => status !== 200)) {
      expect(await answer.json()).toMatchObject({ error_code: 'session_not_found' })
    }
  })
})

describe('forged and foreign tokens', () => {
  async function forge(kind: string): Promise<string> {
    const { session } = await signedUp()
    const claims = claimsOf(session.access_token)
    const iat = Number(claims['iat'])
    const { privateKey } = await generateKeyPair('ES256', { extractable: true })
    const stranger = { signingKey: { ...(await exportJWK(privateKey)), kid: String(api.keys.signingKey.kid) } }
    const base = { ...claims, role: 'service_role', iat, exp: iat + 60 }
    const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const [head, payload, tail] = session.access_token.split('.')
    const made: Record<string, () => Promise<string> | string> = {
      'alg none': () => `${encode({ alg: 'none', typ: 'JWT' })}.${encode(base)}.`,
      'a stranger key under our kid': () => signToken(stranger, api.url, base),
      'role service_role written into a real token': () => `${head}.${encode(base)}.${tail}`,
      'a signature of zeros': () => `${head}.${payload}.${Buffer.alloc(64).toString('base64url')}`,
      'another issuer': () => signToken(api.keys, 'http://127.0.0.1:1', base),
      'an expired one': () => signToken(api.keys, api.url, { ...base, exp: iat - 1 }),
      'a storage token': () => signDownload(api, { bucket: 'forge', key: 'a' }, 60),
      'a worker token without a session': () =>
        signToken(api.keys, api.url, { sub: String(claims['sub']), role: 'forge_worker', iat, exp: iat + 60 }),
    }
    const make = made[kind]
    if (make === undefined) throw new Error(kind)
    return make()
  }

  it.each([
    'alg none',
    'a stranger key under our kid',
    'role service_role written into a real token',
    'a signature of zeros',
    'another issuer',
    'an expired one',
    'a storage token',
    'a worker token without a session',
  ])('do not pass: %s', async (kind) => {
    const token = await forge(kind)

    const user = await call('/user', { token })
    const admin = await call('/admin/users', { token })

    expect([user.status, admin.status]).toEqual([403, 403])
  })

  it('leave the admin calls to the secret key', async () => {
    const { client, session, user } = await signedUp()

    const plain = await client.auth.admin.deleteUser(user.id)
    const token = await call('/admin/users', { token: session.access_token })

    expect(plain.error).toMatchObject({ code: 'not_admin', status: 403 })
    expect(await token.json()).toMatchObject({ error_code: 'not_admin' })
  })
})

describe('admin', () => {
  it('creates, reads, changes, lists and deletes users', async () => {
    const { admin } = api.service.auth
    const email = newEmail()

    const { data: made } = await admin.createUser({
      email,
      password,
      email_confirm: true,
      app_metadata: { role: 'operator' },
      user_metadata: { nick: 'Io' },
    })
    const id = made.user?.id ?? ''
    const { data: read } = await admin.getUserById(id)
    const { data: changed } = await admin.updateUserById(id, { app_metadata: { plan: 'pro' }, ban_duration: '1h' })
    const { data: listed } = await admin.listUsers({ page: 1, perPage: 2 })

    expect(read.user).toMatchObject({ email, app_metadata: { role: 'operator', provider: 'email' } })
    expect(changed.user?.app_metadata).toMatchObject({ role: 'operator', plan: 'pro' })
    expect((await api.anon().auth.signInWithPassword({ email, password })).error).toMatchObject({ code: 'user_banned' })
    expect(listed).toMatchObject({ aud: 'authenticated', nextPage: 2 })
    expect(listed.users).toHaveLength(2)
    expect((await admin.deleteUser(id)).error).toBeNull()
    expect((await admin.getUserById(id)).error).toMatchObject({ code: 'user_not_found', status: 404 })
  })

  it('needs a confirmed address before a password works', async () => {
    const email = newEmail()
    await api.service.auth.admin.createUser({ email, password })

    const { error } = await api.anon().auth.signInWithPassword({ email, password })

    expect(error).toMatchObject({ code: 'email_not_confirmed' })
  })

  it.each([false, true])('shuts a deleted user out, although the token still runs (soft: %s)', async (soft) => {
    const { client, user, session } = await signedUp()

    await api.service.auth.admin.deleteUser(user.id, soft)

    expect((await client.auth.getUser(session.access_token)).error).toMatchObject({ status: 403 })
    expect((await client.auth.refreshSession()).error).toMatchObject({ code: 'refresh_token_not_found' })
  })
})

describe('mails', () => {
  it('a code signs in once, and makes the account at first', async () => {
    const email = newEmail()
    await api.anon().auth.signInWithOtp({ email })
    const { code } = await lastMail(email)

    const { data } = await api.anon().auth.verifyOtp({ email, token: code, type: 'email' })
    const again = await api.anon().auth.verifyOtp({ email, token: code, type: 'email' })

    expect(data.user).toMatchObject({ email, is_anonymous: false })
    expect(data.user?.email_confirmed_at).toBeTruthy()
    expect(again.error).toMatchObject({ code: 'otp_expired', status: 403 })
  })

  it('a code opens no other address and dies with the next and after an hour', async () => {
    const [email, victim] = [newEmail(), (await signedUp()).email]
    await api.anon().auth.signInWithOtp({ email })
    const { code: first } = await lastMail(email)

    const foreign = await api.anon().auth.verifyOtp({ email: victim, token: first, type: 'email' })
    await api.anon().auth.signInWithOtp({ email })
    const old = await api.anon().auth.verifyOtp({ email, token: first, type: 'email' })
    await db.pool.query("update auth.one_time_tokens set created_at = created_at - interval '61 minutes'")
    const late = await api.anon().auth.verifyOtp({ email, token: (await lastMail(email)).code, type: 'email' })

    expect([foreign, old, late].map(({ error }) => error?.code)).toEqual(['otp_expired', 'otp_expired', 'otp_expired'])
  })

  it('a link carries the session to this machine only', async () => {
    const email = newEmail()
    const options = (emailRedirectTo: string) => ({ email, options: { emailRedirectTo } })
    await api.anon().auth.signInWithOtp(options('http://localhost:5173/studio'))
    const good = await fetch((await lastMail(email)).link, { redirect: 'manual' })
    await api.anon().auth.signInWithOtp(options('https://evil.test/'))
    const bad = await fetch((await lastMail(email)).link, { redirect: 'manual' })

    expect(good.status).toBe(303)
    expect(good.headers.get('location')).toMatch(/^http:\/\/localhost:5173\/studio#access_token=/)
    expect(bad.headers.get('location')).toMatch(new RegExp(`^${api.url}/#access_token=`))
  })

  it('recovery signs in and lets the password be changed; an unknown address learns nothing', async () => {
    const { email } = await signedUp()
    await api.anon().auth.resetPasswordForEmail(email)
    const client = api.anon()
    await client.auth.verifyOtp({ email, token: (await lastMail(email)).code, type: 'recovery' })

    const changed = await client.auth.updateUser({ password: 'after recovery' })
    const unknown = await api.anon().auth.resetPasswordForEmail(newEmail())

    expect(changed.error).toBeNull()
    expect(unknown.error).toBeNull()
  })

  it('no account is made when the caller says so', async () => {
    const { error } = await api.anon().auth.signInWithOtp({ email: newEmail(), options: { shouldCreateUser: false } })

    expect(error).toMatchObject({ code: 'otp_disabled', status: 422 })
  })

  it('a PKCE link needs the verifier of the browser that asked', async () => {
    const { createClient } = await import('@supabase/supabase-js')
    const kept = new Map<string, string>()
    const storage = {
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, value: string) => void kept.set(key, value),
      removeItem: (key: string) => void kept.delete(key),
    }
    const client = createClient(api.url, api.keys.publishableKey, {
      auth: { flowType: 'pkce', storage, autoRefreshToken: false, detectSessionInUrl: false },
    })
    const email = newEmail()
    await client.auth.signInWithOtp({ email, options: { emailRedirectTo: 'http://127.0.0.1:5173/' } })

    const link = await fetch((await lastMail(email)).link, { redirect: 'manual' })
    const code = new URL(link.headers.get('location') ?? '').searchParams.get('code') ?? ''
    const thief = await call('/token?grant_type=pkce', {
      method: 'POST',
      body: JSON.stringify({ auth_code: code, code_verifier: 'x'.repeat(43) }),
    })
    const late = await client.auth.exchangeCodeForSession(code)

    expect(code).not.toBe('')
    expect(await thief.json()).toMatchObject({ error_code: 'bad_code_verifier' })
    // A wrong guess uses the code up.
    expect(late.error).toMatchObject({ code: 'flow_state_not_found' })
    await client.auth.signInWithOtp({ email, options: { emailRedirectTo: 'http://127.0.0.1:5173/' } })
    const second = await fetch((await lastMail(email)).link, { redirect: 'manual' })
    const fresh = new URL(second.headers.get('location') ?? '').searchParams.get('code') ?? ''
    expect((await client.auth.exchangeCodeForSession(fresh)).data.user?.email).toBe(email)
  })
})

describe('the auth functions of SQL', () => {
  it('read the claims of the request', async () => {
    const id = await db.createUser()

    const row = await db.asUser(id, { email: 'a@b.test' }, async (client) => {
      const sql = "select auth.uid() as uid, auth.role() as role, auth.email() as email, auth.jwt() ->> 'sub' as sub"
      return (await client.query(sql)).rows[0] as unknown
    })

    expect(row).toEqual({ uid: id, role: 'authenticated', email: 'a@b.test', sub: id })
  })

  it('let the migration role read users and hang triggers on them, and nothing more', async () => {
    const asMigrator = async (sql: string) => {
      const client = await db.pool.connect()
      try {
        await client.query('begin; set local role postgres')
        return await client.query(sql)
      } finally {
        await client.query('rollback')
        client.release()
      }
    }

    await asMigrator('select id from auth.users')
    for (const sql of [
      'update auth.users set email = null',
      'delete from auth.users',
      'update auth.refresh_tokens set revoked = false',
      'insert into auth.local_inbox (recipient, kind, subject, code, link) values (1, 1, 1, 1, 1)',
      'alter table auth.users add column x int',
    ]) {
      await expect(asMigrator(sql)).rejects.toMatchObject({ code: '42501' })
    }
  })

  it('keep the tables of auth from every API role', async () => {
    for (const as of [db.asAnon, db.asService]) {
      await expect(as((client) => client.query('select * from auth.users'))).rejects.toMatchObject({ code: '42501' })
    }
  })
})

describe('doors that stay shut', () => {
  it('answer as a hosted project with these features off', async () => {
    const { client } = await signedUp()
    const oauth = await call('/authorize?provider=github')
    const idToken = await api.anon().auth.signInWithIdToken({ provider: 'google', token: 'x' })
    const linking = await client.auth.linkIdentity({ provider: 'github' })
    const mfa = await client.auth.mfa.enroll({ factorType: 'totp' })

    expect(oauth.status).toBe(400)
    expect([idToken.error?.code, linking.error?.code]).toEqual(['provider_disabled', 'manual_linking_disabled'])
    expect(mfa.error).toMatchObject({ status: 404, message: 'Not part of the local stack' })
  })

  it('pass an unexpected failure to the gateway, which tells nothing of it', async () => {
    const email = newEmail()
    await db.pool.query(`
      create function public.fail() returns trigger language plpgsql as $$ begin raise exception 'secret detail'; end $$;
      create trigger fail before insert on auth.users for each row when (new.email = '${email}') execute function public.fail()`)

    const response = await call('/signup', { method: 'POST', body: JSON.stringify({ email, password }) })

    expect(response.status).toBe(500)
    expect(await response.text()).not.toContain('secret detail')
  })
})

describe('open pages', () => {
  it('serve health, the public keys and the settings', async () => {
    const [health, jwks] = await Promise.all(
      ['/health', '/.well-known/jwks.json'].map((path) => fetch(`${api.url}/auth/v1${path}`)),
    )
    const settings = await call('/settings')

    expect(health?.status).toBe(200)
    expect(await jwks?.text()).not.toContain('"d"')
    expect(await settings.json()).toMatchObject({ mailer_autoconfirm: true, external: { anonymous_users: true } })
  })
})
