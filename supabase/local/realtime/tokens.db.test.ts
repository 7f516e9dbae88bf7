import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { collect, eventually, join, pause, startTestServer, statuses } from './testing/server.ts'
import type { TestServer } from './testing/server.ts'

const secret = { config: { private: true } }
let server: TestServer

beforeAll(async () => {
  server = await startTestServer()
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
})

/** A user's own channel whose token can be replaced. */
async function openOwn(seconds: number) {
  const sub = randomUUID()
  let token = await server.token({ sub }, seconds)
  const client = server.client({ token: () => token })
  const channel = client.channel(`user:${sub}`, secret)
  const received = collect(channel)
  const system: { status: string; message: string }[] = []
  channel.on('system', {}, (message) => system.push(message as (typeof system)[number]))
  const seen = statuses(channel)
  await eventually(() => seen.includes('SUBSCRIBED'), 'the join')
  return {
    sub,
    received,
    system,
    seen,
    refresh: async (next: string) => {
      token = next
      await client.realtime.setAuth()
    },
  }
}

const send = (sub: string) => server.postgres.query(`select realtime.send('{}', 'x', $1)`, [`user:${sub}`])

test('the channel closes when its token expires', async () => {
  const { system, seen } = await openOwn(3)

  await eventually(() => seen.includes('CLOSED'), 'the close')
  expect(system).toMatchObject([
    { extension: 'system', status: 'error', message: expect.stringMatching(/expired/) as string },
  ])
})

test('a channel whose token was refreshed in time stays open past the first expiry', async () => {
  const { sub, seen, received, refresh } = await openOwn(3)

  await refresh(await server.token({ sub }))
  await pause(3200)
  await send(sub)

  await eventually(() => received.length === 1, 'a broadcast after the first expiry')
  expect(seen).toEqual(['SUBSCRIBED'])
})

test('a new token that may not read closes the channel', async () => {
  const { sub, system, seen, refresh } = await openOwn(3600)

  await refresh(await server.token())

  await eventually(() => seen.includes('CLOSED'), 'the close')
  const message = `You no longer have permission to read from this Channel topic: user:${sub}`
  expect(system).toMatchObject([{ status: 'error', message }])
})

test('a right that was revoked is noticed at the next refresh', async () => {
  await server.postgres.query(`
    create table public.members (id uuid primary key);
    grant select on public.members to authenticated;
    create policy test_members on realtime.messages for select to authenticated using (
      realtime.topic() = 'club' and exists (
        select from public.members where id = (current_setting('request.jwt.claims', true)::jsonb ->> 'sub')::uuid))`)
  const sub = randomUUID()
  await server.postgres.query('insert into public.members values ($1)', [sub])
  let token = await server.token({ sub })
  const client = server.client({ token: () => token })
  const seen = statuses(client.channel('club', secret))
  await eventually(() => seen.includes('SUBSCRIBED'), 'the join')

  await server.postgres.query('delete from public.members')
  token = await server.token({ sub }, 1800)
  await client.realtime.setAuth()

  await eventually(() => seen.includes('CLOSED'), 'the close')
})

test('E06 an unsigned token closes the channel', async () => {
  const { seen, system, refresh } = await openOwn(3600)

  await refresh(`${(await server.token()).slice(0, -4)}AAAA`)

  await eventually(() => seen.includes('CLOSED'), 'the close')
  expect(system).toMatchObject([{ status: 'error', message: expect.stringMatching(/signature/) as string }])
})

test('an API key sent as the token changes nothing', async () => {
  const { sub, seen, received, refresh } = await openOwn(3600)

  await refresh(server.keys.secretKey)
  await send(sub)

  await eventually(() => received.length === 1, 'a broadcast')
  expect(seen).toEqual(['SUBSCRIBED'])
})

test('the secret key sent as the token of a join gives no more than the key that opened the socket', async () => {
  const channel = server.client({ token: server.keys.secretKey }).channel('listen:a', secret)

  const seen = statuses(channel)

  await eventually(() => seen.length > 0, 'an answer')
  expect(seen[0]).toBe('CHANNEL_ERROR')
})

test('E06 a join with an expired token is refused with the reason', async () => {
  const channel = server.client({ token: await server.token({}, -1) }).channel('open:a', secret)

  expect(await join(channel)).toEqual({ status: 'CHANNEL_ERROR', reason: 'InvalidJWTToken: Token has expired' })
})
