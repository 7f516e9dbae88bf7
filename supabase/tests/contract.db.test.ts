import { randomUUID } from 'node:crypto'

import { createClient, REALTIME_SUBSCRIBE_STATES } from '@supabase/supabase-js'
import type { SupabaseClient } from '@supabase/supabase-js'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { readContractTarget } from './env.ts'
import { startTestStack } from './stack.ts'
import type { TestStack } from './stack.ts'

// What the product relies on, through the unmodified client. Runs on a local stack, or on the hosted project named by
// CONTRACT_SUPABASE_URL: a test that passes on one and fails on the other is a fault of the local stack.

let stack: TestStack | null = null
let target: { url: string; publishableKey: string; secretKey: string }
let service: SupabaseClient
const users: string[] = []
const clients: SupabaseClient[] = []

beforeAll(async () => {
  const hosted = readContractTarget()
  stack = hosted === null ? await startTestStack() : null
  const keys = stack?.keys
  target = hosted ?? {
    url: stack?.url ?? '',
    publishableKey: keys?.publishableKey ?? '',
    secretKey: keys?.secretKey ?? '',
  }
  service = client(target.secretKey)
})
afterAll(async () => {
  for (const id of users) await service.auth.admin.deleteUser(id)
  await Promise.all(clients.map((each) => each.realtime.disconnect()))
  await stack?.[Symbol.asyncDispose]()
})

function client(key = target.publishableKey): SupabaseClient {
  const made = createClient(target.url, key, { auth: { persistSession: false, autoRefreshToken: false } })
  clients.push(made)
  return made
}

async function visitor(): Promise<{ supabase: SupabaseClient; id: string }> {
  const supabase = client()
  const { data, error } = await supabase.auth.signInAnonymously()
  if (error !== null || data.user === null) throw error ?? new Error('no user')
  users.push(data.user.id)
  return { supabase, id: data.user.id }
}

test('a visitor gets an account whose token others can verify with the published keys', async () => {
  const { supabase, id } = await visitor()

  const { data, error } = await supabase.auth.getClaims()

  expect(error).toBeNull()
  expect(data?.claims).toMatchObject({ sub: id, role: 'authenticated', aud: 'authenticated', is_anonymous: true })
  expect(data?.claims.iss).toBe(`${target.url}/auth/v1`)
  expect(data?.header.alg).toBe('ES256')
})

test('an anonymous account becomes a permanent one and keeps its id', async () => {
  const { id } = await visitor()
  const email = `contract-${randomUUID()}@example.com`
  const password = randomUUID()

  const made = await service.auth.admin.updateUserById(id, { email, password, email_confirm: true })
  const signedIn = await client().auth.signInWithPassword({ email, password })

  expect(made.error).toBeNull()
  expect(signedIn.data.user).toMatchObject({ id, email })
})

test('the sign-in behind a token is known by its session, until it ends', async () => {
  const { supabase } = await visitor()
  const { data } = await supabase.auth.getClaims()
  const isLive = () => service.rpc('is_session_live', { p_session: data?.claims.session_id })

  expect(await isLive()).toMatchObject({ error: null, data: true })
  await supabase.auth.signOut({ scope: 'global' })
  expect(await isLive()).toMatchObject({ error: null, data: false })
})

test('E01, E02 nobody but the service role reads a table or calls a function', async () => {
  const { supabase } = await visitor()

  for (const each of [client(), supabase]) {
    for (const answer of [
      await each.from('jobs').select('id'),
      await each.from('settings').select('id'),
      await each.rpc('sweep'),
    ]) {
      expect(answer.error?.code).toBe('42501')
    }
  }
  expect((await client().from('jobs').select('id')).status).toBe(401)
  expect((await supabase.from('jobs').select('id')).status).toBe(403)
})

test('the service role reads with filters, order, page and count', async () => {
  const { data, error, count } = await service
    .from('jobs')
    .select('id, status', { count: 'exact' })
    .eq('owner', randomUUID())
    .in('status', ['queued', 'running'])
    .lt('created_at', new Date().toISOString())
    .is('finished_at', null)
    .order('created_at', { ascending: false })
    .range(0, 9)

  expect([data, error, count]).toEqual([[], null, 0])
})

test('one row that is not there is null or PGRST116', async () => {
  const query = service.from('jobs').select('id').eq('id', randomUUID())
  const single = await service.from('jobs').select('id').eq('id', randomUUID()).single()

  expect(await query.maybeSingle()).toMatchObject({ data: null, error: null })
  expect([single.status, single.error?.code]).toEqual([406, 'PGRST116'])
})

test('a refusal of ours arrives with its code', async () => {
  const refused = await service.rpc('cancel_job', { p_owner: randomUUID(), p_job: randomUUID() })

  expect([refused.status, refused.error?.code, refused.error?.message]).toEqual([400, 'P0001', 'JOB_NOT_FOUND'])
})

test('unknown tables, columns and functions are told apart', async () => {
  expect(await service.from('no_such_table').select()).toMatchObject({ status: 404, error: { code: 'PGRST205' } })
  expect(await service.from('jobs').select('no_such_column')).toMatchObject({ status: 400, error: { code: '42703' } })
  expect(await service.rpc('no_such_function')).toMatchObject({ status: 404, error: { code: 'PGRST202' } })
})

test('E06 requests without a key or with a forged token are refused', async () => {
  const bare = await fetch(`${target.url}/rest/v1/jobs`)
  const forged = await fetch(`${target.url}/rest/v1/jobs`, {
    headers: {
      apikey: target.publishableKey,
      authorization: 'Bearer eyJhbGciOiJub25lIn0.eyJyb2xlIjoic2VydmljZV9yb2xlIn0.',
    },
  })

  expect([bare.status, forged.status]).toEqual([401, 401])
})

test('E16 a signed URL lets a stranger upload once to one key, and read it back by another', async () => {
  const bucket = service.storage.from('forge')
  const key = `staging/${randomUUID()}`
  const bytes = Buffer.from(
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
    'base64',
  )
  const signed = await bucket.createSignedUploadUrl(key)
  const put = (): Promise<Response> =>
    fetch(signed.data?.signedUrl ?? '', { method: 'PUT', body: bytes, headers: { 'content-type': 'image/png' } })

  const first = await put()
  const second = await put()
  const read = await bucket.createSignedUrl(key, 60)
  const back = await fetch(read.data?.signedUrl ?? '')
  const open = await fetch(`${target.url}/storage/v1/object/forge/${key}`, {
    headers: { apikey: target.publishableKey },
  })
  await bucket.remove([key])

  expect(first.ok).toBe(true)
  expect(second.ok).toBe(false)
  expect(Buffer.from(await back.arrayBuffer()).equals(bytes)).toBe(true)
  expect(open.ok).toBe(false)
})

test('E01, E02 a user joins their own private channel and nobody else does', async () => {
  const [own, other] = [await visitor(), await visitor()]
  const join = (who: SupabaseClient, topic: string): Promise<string> =>
    new Promise((done) => {
      const channel = who.channel(topic, { config: { private: true } })
      channel.subscribe((status) => {
        if (status !== REALTIME_SUBSCRIBE_STATES.CLOSED) done(status)
      })
    })
  for (const { supabase } of [own, other]) await supabase.realtime.setAuth()

  expect(await join(own.supabase, `user:${own.id}`)).toBe('SUBSCRIBED')
  expect(await join(other.supabase, `user:${own.id}`)).toBe('CHANNEL_ERROR')
  expect(await join(client(), `user:${own.id}`)).toBe('CHANNEL_ERROR')
})
