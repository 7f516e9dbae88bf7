import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { collect, eventually, join, pause, startTestServer } from './testing/server.ts'
import type { TestServer } from './testing/server.ts'

const secret = { config: { private: true } }
let server: TestServer

beforeAll(async () => {
  server = await startTestServer()
  await server.postgres.query(`
    create table public.things (id int primary key, owner uuid not null, note text);
    alter table public.things enable row level security;
    create policy mine on public.things to authenticated using (true) with check (true);
    grant all on public.things to authenticated;
    create function public.tell_owner() returns trigger language plpgsql security definer set search_path = '' as $$
    begin
      perform realtime.broadcast_changes(
        'user:' || coalesce(new.owner, old.owner), tg_op, tg_op, tg_table_name, tg_table_schema, new, old);
      return null;
    end $$;
    create trigger tell_owner after insert or update or delete on public.things
      for each row execute function public.tell_owner()`)
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
})

async function openOwn(): Promise<{ owner: string; received: ReturnType<typeof collect> }> {
  const owner = randomUUID()
  const channel = server.client({ token: await server.token({ sub: owner }) }).channel(`user:${owner}`, secret)
  const received = collect(channel)
  expect(await join(channel)).toEqual({ status: 'SUBSCRIBED' })
  return { owner, received }
}

test.each(['1.0.0', '2.0.0'] as const)('a broadcast from the database reaches its owner only (%s)', async (vsn) => {
  const owner = randomUUID()
  const token = await server.token({ sub: owner })
  const mine = server.client({ token, vsn }).channel(`user:${owner}`, secret)
  const samePublicName = server.client({ token, vsn }).channel(`user:${owner}`)
  const [received, leaked] = [collect(mine), collect(samePublicName)]
  const other = server.client({ token: await server.token(), vsn }).channel(`user:${owner}`, secret)
  const anon = server.client({ vsn }).channel(`user:${owner}`, secret)

  expect(await join(mine)).toEqual({ status: 'SUBSCRIBED' })
  expect(await join(samePublicName)).toEqual({ status: 'SUBSCRIBED' })
  const reason = `Unauthorized: You do not have permissions to read from this Channel topic: user:${owner}`
  expect(await join(other)).toEqual({ status: 'CHANNEL_ERROR', reason })
  expect(await join(anon)).toEqual({ status: 'CHANNEL_ERROR', reason })
  await server.postgres.query('select realtime.send($1, $2, $3)', [{ text: 'grün 🔥' }, 'job', `user:${owner}`])

  await eventually(() => received.length === 1, 'the broadcast')
  const id = expect.any(String) as string
  expect(received[0]).toMatchObject({ event: 'job', payload: { text: 'grün 🔥', id }, meta: { id } })
  await pause(50)
  expect(leaked).toEqual([])
})

test('a public broadcast from the database stays off the private channel of that name', async () => {
  const { owner, received } = await openOwn()
  const open = server.client().channel(`user:${owner}`)
  const heard = collect(open)
  await join(open)

  await server.postgres.query('select realtime.send($1, $2, $3, false)', [{ n: 1 }, 'news', `user:${owner}`])

  await eventually(() => heard.length === 1, 'the public broadcast')
  await pause(50)
  expect(received).toEqual([])
})

test('a trigger that runs as postgres sends row changes on behalf of a user', async () => {
  const { owner, received } = await openOwn()
  const client = await server.postgres.connect()
  try {
    await client.query('begin; set local role authenticated')
    await client.query(`insert into public.things values (1, '${owner}', 'a')`)
    await client.query(`update public.things set note = 'b' where id = 1`)
    await client.query('delete from public.things where id = 1')
    await client.query('commit')
  } finally {
    client.release()
  }

  await eventually(() => received.length === 3, 'three row changes')
  expect(received.map(({ event }) => event)).toEqual(['INSERT', 'UPDATE', 'DELETE'])
  expect(received[1]?.payload).toMatchObject({
    operation: 'UPDATE',
    schema: 'public',
    table: 'things',
    record: { id: 1, owner, note: 'b' },
    old_record: { note: 'a' },
  })
})

test('messages arrive in the order of commit, and those of a rolled back transaction never', async () => {
  const { owner, received } = await openOwn()
  const client = await server.postgres.connect()
  try {
    await client.query('begin')
    await client.query(`select realtime.send('{"n":-1}', 'lost', 'user:${owner}')`)
    await client.query('rollback')
    for (let n = 0; n < 200; n++) await client.query(`select realtime.send('{"n":${n}}', 'n', 'user:${owner}')`)
  } finally {
    client.release()
  }

  await eventually(() => received.length >= 200, '200 messages')
  expect(received.map(({ payload }) => (payload as { n: number }).n)).toEqual(Array.from({ length: 200 }, (_, n) => n))
})

test('bytes sent by the database arrive as bytes', async () => {
  const { owner, received } = await openOwn()

  await server.postgres.query('select realtime.send_binary($1, $2, $3)', [
    Buffer.from([0, 1, 255]),
    'raw',
    `user:${owner}`,
  ])

  await eventually(() => received.length === 1, 'the bytes')
  expect([...new Uint8Array(received[0]?.payload as ArrayBuffer)]).toEqual([0, 1, 255])
})

test('a broadcast that cannot be stored is a warning and the transaction goes on', async () => {
  const client = await server.postgres.connect()
  const notices: string[] = []
  client.on('notice', (notice) => notices.push(notice.message ?? ''))
  try {
    await client.query('begin')
    await client.query(`select realtime.send('{}', 'x', null)`)
    const { rows } = await client.query<{ one: number }>('select 1 as one')
    await client.query('commit')

    expect(rows).toEqual([{ one: 1 }])
    expect(notices).toEqual([expect.stringMatching(/^WarnSendingBroadcastMessage: null value in column "topic"/)])
  } finally {
    client.removeAllListeners('notice')
    client.release()
  }
})

test('broadcast_changes refuses a statement trigger, as hosted projects do', async () => {
  const send = server.postgres.query(
    `select realtime.broadcast_changes('t', 'e', 'INSERT', 'things', 'public', row(1), row(1), 'STATEMENT')`,
  )

  await expect(send).rejects.toThrow('function can only be triggered for each row')
})

test('a database broadcast over the size limit is left out and the stream goes on', async () => {
  const { owner, received } = await openOwn()

  await server.postgres.query(`select realtime.send(jsonb_build_object('a', repeat('x', 300000)), 'big', $1)`, [
    `user:${owner}`,
  ])
  await server.postgres.query(`select realtime.send('{}', 'small', $1)`, [`user:${owner}`])

  await eventually(() => received.length > 0, 'the small one')
  expect(received.map(({ event }) => event)).toEqual(['small'])
})

test('a token of a role that the API may not assume joins nothing', async () => {
  const token = await server.token({ role: 'supabase_admin' })

  const answer = await join(server.client({ token }).channel('open:a', secret))

  expect(answer).toMatchObject({ status: 'CHANNEL_ERROR', reason: expect.stringMatching(/^Unauthorized/) as string })
})

test('a policy that fails refuses the join', async () => {
  await server.postgres.query(`
    create policy test_broken on realtime.messages for select to service_role using (true);
    create policy test_divides on realtime.messages for select to authenticated
      using (realtime.topic() = 'broken' and 1 / (length(realtime.topic()) - 6) = 1)`)

  const answer = await join(server.client({ token: await server.token() }).channel('broken', secret))

  expect(answer).toMatchObject({ status: 'CHANNEL_ERROR', reason: expect.stringMatching(/^Unauthorized/) as string })
})

test('the probes of the policies leave no rows', async () => {
  const { owner } = await openOwn()

  const { rows } = await server.postgres.query<{ n: string }>(
    'select count(*) as n from realtime.messages where topic = $1',
    [`user:${owner}`],
  )

  expect(rows).toEqual([{ n: '0' }])
})
