import { setTimeout as wait } from 'node:timers/promises'
import { Client } from 'pg'
import { loginUrl } from '#supabase/local/prepare.ts'
import type { ChaosStack } from '../stack.ts'
import { type Injector, num, waitFor, word } from './stage.ts'

async function enter(stack: ChaosStack): Promise<Client | null> {
  const client = new Client({
    connectionString: loginUrl(stack.cluster.adminUrl, 'postgres'),
    application_name: 'a stranger',
    connectionTimeoutMillis: 500,
  })
  client.on('error', () => undefined)
  return client.connect().then(
    () => client,
    () => null,
  )
}

const leave = (client: Client) => client.end().catch(() => undefined)

/** One table refuses so many statements, then works again. Counted by a sequence, which no rollback takes back. */
const refusal = (table: string, state: string, times: number) => `
  create schema if not exists chaos;
  drop trigger if exists refuse on public.${table};
  create sequence if not exists chaos.${table}_refused;
  grant usage on schema chaos to public;
  create or replace function chaos.refuse_${table}() returns trigger language plpgsql security definer as $$
  begin
    if nextval('chaos.${table}_refused') <= ${times} then
      raise exception 'chaos' using errcode = '${state}';
    end if;
    return new;
  end $$;
  create trigger refuse before insert or update on public.${table} for each row execute function chaos.refuse_${table}()`

export const databaseFaults = {
  'postgres-restarted': (fault, { stack }) =>
    stack.cluster.restart(word(fault, 'how') === 'fast' ? 'fast' : 'immediate', num(fault, 'downMs')),
  async 'backends-terminated'(fault, { stack }) {
    const until = performance.now() + num(fault, 'forMs')
    while (performance.now() < until) {
      await stack.cluster.pool
        .query(
          `select pg_terminate_backend(pid) from pg_stat_activity
           where datname = current_database() and application_name <> 'chaos' order by random() limit 1`,
        )
        .catch(() => undefined)
      await wait(num(fault, 'everyMs'))
    }
  },
  async 'connections-exhausted'(fault, { stack }) {
    const guests = await Promise.all(Array.from({ length: 190 }, () => enter(stack)))
    await wait(num(fault, 'forMs'))
    await Promise.all(guests.flatMap((client) => (client === null ? [] : [leave(client)])))
  },
  async 'transaction-idle'(fault, { stack }) {
    const client = await enter(stack)
    if (client === null) return
    const locks = word(fault, 'locks')
    try {
      await client.query('begin isolation level repeatable read')
      await client.query(locks === 'nothing' ? 'select txid_current()' : `select from public.${locks} for update`)
      await wait(num(fault, 'forMs'))
      await client.query('rollback')
    } catch {
      // Another fault has ended it.
    } finally {
      await leave(client)
    }
  },
  async 'transactions-refused'(fault, stage) {
    const { stack } = stage
    const table = word(fault, 'table')
    await stack.cluster.pool.query(refusal(table, word(fault, 'state'), num(fault, 'times'))).catch(() => undefined)
    await waitFor(stage, 1_500, () => false)
    await stack.cluster.pool.query(`drop trigger if exists refuse on public.${table}`).catch(() => undefined)
  },
  async 'messages-refused'(fault, { stack }) {
    const drop = () => stack.cluster.pool.query('drop trigger if exists refuse on realtime.messages')
    await stack.cluster.pool
      .query(
        `create schema if not exists chaos;
         create or replace function chaos.refuse_message() returns trigger language plpgsql as $$
         begin raise exception 'no partition of relation "messages" found for row'; end $$;
         create trigger refuse before insert on realtime.messages for each row execute function chaos.refuse_message()`,
      )
      .catch(() => undefined)
    await wait(num(fault, 'forMs'))
    for (let tries = 0; tries < 20; tries += 1) {
      const dropped = await drop().then(
        () => true,
        () => false,
      )
      if (dropped) return
      await wait(200)
    }
  },
} as const satisfies Record<string, Injector>
