import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { cloneDatabase } from './database.ts'
import type { TestDatabase } from './database.ts'
import { call, jobOf, makeArtist, makeScene, rows } from './fixtures.ts'
import { expectInvariants } from './invariants.ts'

let db: TestDatabase
beforeAll(async () => {
  db = await cloneDatabase()
})
afterAll(() => db[Symbol.asyncDispose]())

const roles = ['anon', 'authenticated', 'forge_worker', 'service_role'] as const

function names(list: string): string[] {
  return list.trim().split(/\s+/)
}

/** Whole-table grants of the four roles that the Data API can assume, in public and private. */
async function tableGrants(): Promise<Record<string, string[]>> {
  const found = await rows<{ role: string; name: string; privilege: string }>(
    db,
    `select r.role, n.nspname || '.' || c.relname as name, p.privilege
     from pg_class c join pg_namespace n on n.oid = c.relnamespace, unnest($1::text[]) r (role),
       unnest(array['select', 'insert', 'update', 'delete', 'truncate', 'references', 'trigger']) p (privilege)
     where n.nspname in ('public', 'private') and c.relkind in ('r', 'v', 'm', 'p', 'f')
       and has_table_privilege(r.role, c.oid, p.privilege)
     order by 2, 3`,
    [roles],
  )
  return Object.fromEntries(
    roles.map((role) => [role, found.filter((row) => row.role === role).map((row) => `${row.privilege} ${row.name}`)]),
  )
}

async function functionGrants(): Promise<Record<string, string[]>> {
  const found = await rows<{ role: string; name: string }>(
    db,
    `select r.role, n.nspname || '.' || p.proname as name
     from pg_proc p join pg_namespace n on n.oid = p.pronamespace, unnest($1::text[]) r (role)
     where n.nspname in ('public', 'private') and has_function_privilege(r.role, p.oid, 'execute') order by 2`,
    [roles],
  )
  return Object.fromEntries(
    roles.map((role) => [role, found.filter((row) => row.role === role).map((row) => row.name)]),
  )
}

test('no browser and no worker holds a grant on any table; the server may read and nothing else', async () => {
  expect(await tableGrants()).toEqual({
    anon: [],
    authenticated: [],
    forge_worker: [],
    service_role: names(`
      accounts alerts assets audit_log boxes capacity_pools credit_packs eta_promises free_holds free_usage job_attempts job_kinds
      job_specs jobs ledger licensed_uses loras profiles purchase_reversals purchases queue_lanes settings shares
      spend_days stripe_customers stripe_events uploads usage_reports worker_refusals workers`).map(
      (name) => `select public.${name}`,
    ),
  })
})

test('the server reads worker keys without their hashes', async () => {
  const columns = await rows<{ name: string }>(
    db,
    `select attname as name from pg_attribute where attrelid = 'public.worker_keys'::regclass and attnum > 0
       and has_column_privilege('service_role', attrelid, attnum, 'select') order by attname`,
  )

  expect(columns.map((row) => row.name)).toEqual([
    'created_at',
    'id',
    'name',
    'pool',
    'revoked_at',
    'trust',
    'usd_per_hour',
  ])
})

test('no sequence is granted to anyone', async () => {
  const found = await rows(
    db,
    `select c.relname, r.role from pg_class c join pg_namespace n on n.oid = c.relnamespace, unnest($1::text[]) r (role)
     where n.nspname in ('public', 'private') and c.relkind = 'S'
       and has_sequence_privilege(r.role, c.oid, 'usage, select, update')`,
    [roles],
  )

  expect(found).toEqual([])
})

test('each role may execute exactly these functions', async () => {
  expect(await functionGrants()).toEqual({
    anon: [],
    authenticated: ['private.may_join'],
    forge_worker: ['private.may_join', 'private.may_send', 'public.report_progress'],
    service_role: names(`
      alert_told answer_box ask_box attempt_inputs audit_books audit_tick book_provider_cost cancel_job change_settings check_attempt
      check_worker claim_job close_account complete_job confirm_upload cool_pool create_purchase create_share
      create_upload create_worker_key drain_box end_box end_erasures end_usage_report enqueue_jobs eta_calibration
      fail_job favourite_jobs find_work_image fleet_view gallery_cards grant_credits handle_stripe_event
      image_costs is_session_live job_chain job_lineage keep_work_image leave_worker lift_key_quarantine
      lift_quarantine list_gallery may_come mend_pool merge_accounts
      note_gone note_refusals note_remote note_removal purge_deleted queue_positions quote read_ledger reconcile_purchase release_job
      remove_jobs restore_jobs revoke_share revoke_worker revoke_worker_key save_checkout save_customer saving_tick
      set_fitness set_key_rate set_refuse_provider spend_rate sweep take_alert take_capacity take_erasures
      take_usage_report worker_session`).map((name) => `public.${name}`),
  })
})

test('row security is on for every table, and every definer function pins its search path', async () => {
  const open = await rows(
    db,
    `select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where n.nspname in ('public', 'private') and c.relkind in ('r', 'p') and not c.relrowsecurity`,
  )
  const loose = await rows(
    db,
    `select p.proname from pg_proc p join pg_namespace n on n.oid = p.pronamespace
     where n.nspname in ('public', 'private')
       and not coalesce('search_path=""' = any (p.proconfig), false)`,
  )

  expect(open).toEqual([])
  expect(loose).toEqual([])
})

test('public functions are definers, each granted to exactly one role, none owned by a superuser', async () => {
  const odd = await rows(
    db,
    `select p.proname from pg_proc p join pg_namespace n on n.oid = p.pronamespace
       join pg_roles o on o.oid = p.proowner
     where n.nspname = 'public' and (not p.prosecdef or o.rolsuper or (
       select count(*) from unnest($1::text[]) r where has_function_privilege(r, p.oid, 'execute')) <> 1)`,
    [roles],
  )

  expect(odd).toEqual([])
})

test('forge_worker is a member of nothing and nobody but the gateway can become it', async () => {
  const edges = await rows(
    db,
    `select m.member::regrole::text as member, m.roleid::regrole::text as role from pg_auth_members m
     where 'forge_worker'::regrole in (m.member, m.roleid) order by 1`,
  )

  // postgres made the role and administers it, as on a hosted project.
  expect(edges).toEqual([
    { member: 'authenticator', role: 'forge_worker' },
    { member: 'postgres', role: 'forge_worker' },
  ])
})

test('E02, E05, E09 by trying: no role of a browser or a worker reads or writes any table', async () => {
  const { artist, worker, start } = await makeScene(db)
  await start()
  const anonymous = await makeArtist(db, { anonymous: true })
  const tables = await rows<{ name: string; first: string }>(
    db,
    `select format('%I.%I', n.nspname, c.relname) as name, format('%I', a.attname) as first
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
       join pg_attribute a on a.attrelid = c.oid and a.attnum = 1
     where n.nspname in ('public', 'private', 'auth') and c.relkind in ('r', 'p')`,
  )
  const actors = {
    owner: (sql: string) => db.asUser(artist.id, (client) => client.query(sql)),
    stranger: (sql: string) => db.asUser(randomUUID(), (client) => client.query(sql)),
    anonymous: (sql: string) => db.asUser(anonymous.id, { is_anonymous: true }, (client) => client.query(sql)),
    anon: (sql: string) => db.asAnon((client) => client.query(sql)),
    worker: (sql: string) => db.asWorker(worker, (client) => client.query(sql)),
  }

  for (const [, run] of Object.entries(actors)) {
    for (const { name, first } of tables) {
      const tries = [
        `select ${first} from ${name}`,
        `delete from ${name}`,
        `update ${name} set ${first} = default`,
        `insert into ${name} default values`,
      ]
      await Promise.all(tries.map((sql) => expect(run(sql), sql).rejects.toMatchObject({ code: '42501' })))
    }
  }
  expect(tables.length).toBeGreaterThan(20)
})

test('E03, E04 by trying: users, visitors and workers are denied every function of the server', async () => {
  const { artist, worker, start } = await makeScene(db)
  const { id, epoch } = await start()
  const before = await jobOf(db, id)
  const functions = await rows<{ sql: string }>(
    db,
    `select format('select %I.%I(%s)', n.nspname, p.proname, (
       select string_agg('null::' || format_type(t, null), ', ' order by i) from unnest(p.proargtypes) with ordinality a (t, i)
     )) as sql
     from pg_proc p join pg_namespace n on n.oid = p.pronamespace
     where n.nspname in ('public', 'private') and p.prorettype <> 'trigger'::regtype
       and not has_function_privilege('forge_worker', p.oid, 'execute')`,
  )
  const theft = [
    `select public.complete_job('${worker}', '${id}', ${epoch}, '[]', 0, '{}')`,
    `select public.grant_credits('${artist.id}', 1000, 'grant', 'mine')`,
    `select private.post('${artist.id}', null, 'grant', 1000, 0)`,
    ...functions.map(({ sql }) => sql),
  ]

  for (const sql of theft) {
    await expect(
      db.asUser(artist.id, (client) => client.query(sql)),
      sql,
    ).rejects.toMatchObject({ code: '42501' })
    await expect(
      db.asAnon((client) => client.query(sql)),
      sql,
    ).rejects.toMatchObject({ code: '42501' })
    await expect(
      db.asWorker(worker, (client) => client.query(sql)),
      sql,
    ).rejects.toMatchObject({ code: '42501' })
  }
  expect(functions.length).toBeGreaterThan(40)
  await expect(
    db.asUser(artist.id, (client) => client.query(`select public.report_progress('${id}', 1, 'saving', 1, 1, 1)`)),
  ).rejects.toMatchObject({ code: '42501' })
  expect(await jobOf(db, id)).toEqual(before)
  await expectInvariants(db)
})

test('the server itself can write no table', async () => {
  const { artist } = await makeScene(db)

  for (const sql of [
    `update public.accounts set balance = 1000 where owner = '${artist.id}'`,
    `insert into public.ledger (owner, kind, delta, balance_after) values ('${artist.id}', 'grant', 1, 1)`,
    `update public.jobs set status = 'failed'`,
    `delete from public.ledger`,
  ]) {
    await expect(db.asService((client) => client.query(sql))).rejects.toMatchObject({ code: '42501' })
  }
  expect(await call(db, 'queue_positions', [[]])).toEqual([])
})
