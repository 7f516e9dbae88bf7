import type { Pool } from 'pg'

type Invariant = {
  id: string
  promise: string
  /** Answers one text column, `offence`; no rows means kept. */ sql: string
}

/**
 * What must be true after anything at all has happened, each as a query for its offenders. I7 (a page shows the row
 * within 5 s) is proved in the browser; here only that the message a page lives on was sent.
 */
export const invariants: readonly Invariant[] = [
  {
    id: 'I1',
    promise: 'a balance is the sum of its ledger, and purchases agree with it',
    sql: `select offence || ' ' || subject || ' ' || detail as offence
          from (select * from private.audit_money() union all select * from private.audit_purchases()) a`,
  },
  {
    id: 'I2',
    promise: 'every hold ends in exactly one capture or release, or its job is still open',
    sql: `select h.job_id || ': ' || count(e.id) || ' ends, job ' || coalesce(j.status::text, 'gone') as offence
          from public.ledger h left join public.jobs j on j.id = h.job_id
          left join public.ledger e on e.job_id = h.job_id and e.kind in ('capture', 'release')
          where h.kind = 'hold' group by h.job_id, j.status
          having count(e.id) > 1 or (count(e.id) = 0) <> coalesce(j.status in ('queued', 'running'), false)
          union all
          select a.offence || ' ' || a.subject from private.audit_free_uses() a`,
  },
  {
    id: 'I3',
    promise: 'no job is lost: each is terminal, counted in its lane, or held by an open attempt',
    sql: `select a.offence || ' ' || a.subject || ' ' || a.detail as offence from private.audit_queue() a`,
  },
  {
    id: 'I4',
    promise: 'a job is captured at most once, and succeeds at most once',
    sql: `select l.job_id::text as offence from public.ledger l where l.kind = 'capture' group by 1 having count(*) > 1
          union all
          select a.job_id::text from public.job_attempts a where a.outcome = 'succeeded' group by 1 having count(*) > 1`,
  },
  {
    id: 'I5',
    promise: 'only a clawback or an adjustment takes a balance below zero',
    sql: `select l.owner || ' by ' || l.kind as offence from public.ledger l
          where l.balance_after < 0 and l.delta < 0 and l.kind not in ('clawback', 'adjust')
          union all
          select a.owner || ' for no reason' from public.accounts a
          where a.balance < 0 and not exists (
            select from public.ledger l where l.owner = a.owner and l.kind in ('clawback', 'adjust'))`,
  },
  {
    id: 'I6',
    promise: 'no browser and no worker can reach a table, and nobody can rewrite the ledger',
    sql: `select r.role || ' may ' || p.privilege || ' ' || c.relname as offence
          from pg_class c join pg_namespace n on n.oid = c.relnamespace,
            unnest(array['anon', 'authenticated', 'forge_worker', 'service_role']) r (role),
            unnest(array['select', 'insert', 'update', 'delete', 'truncate']) p (privilege)
          where n.nspname in ('public', 'private') and c.relkind in ('r', 'p', 'v')
            and has_table_privilege(r.role, c.oid, p.privilege)
            and (r.role <> 'service_role' or p.privilege <> 'select')
          union all
          select 'row security is off for ' || c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
          where n.nspname in ('public', 'private') and c.relkind in ('r', 'p') and not c.relrowsecurity`,
  },
  {
    id: 'I7',
    promise: 'the newest message about a job says what its row says',
    sql: `select j.id || ': row ' || j.version || ', told ' || m.version as offence
          from public.jobs j join (
            select x.payload ->> 'id' as id, max((x.payload ->> 'version')::int) as version
            from realtime.messages x where x.event = 'job' group by 1) m on m.id = j.id::text
          where m.version <> j.version`,
  },
  {
    id: 'I8',
    promise: 'a day costs no more than its cap and the round in flight',
    sql: `select d.day || ': ' || d.usd_micros as offence from public.spend_days d, public.settings s
          where s.daily_cap_usd is not null
            and d.usd_micros > s.daily_cap_usd * 1000000 + 1000000 * greatest(1, s.max_concurrent)`,
  },
  {
    id: 'I9',
    promise: 'versions only rise, and what is over stays as it ended',
    sql: `select m.id || ': version ' || m.version || ' after ' || m.before as offence from (
            select x.payload ->> 'id' as id, (x.payload ->> 'version')::int as version,
              lag((x.payload ->> 'version')::int) over w as before, x.payload ->> 'status' as status,
              lag(x.payload ->> 'status') over w as status_before
            from realtime.messages x where x.event = 'job'
            window w as (partition by x.payload ->> 'id' order by (x.payload ->> 'version')::int, x.inserted_at)
          ) m where m.version <= m.before or (m.status_before in ('succeeded', 'failed', 'canceled')
            and m.status <> m.status_before)`,
  },
  {
    id: 'I10',
    promise: 'no row that people or operators read holds a secret',
    sql: `select t.name as offence from (
            select 'stripe_events' as name, e.payload::text || coalesce(e.problem, '') as body from public.stripe_events e
            union all select 'alerts', a.detail::text from public.alerts a
            union all select 'audit_log', a.detail::text || a.subject from public.audit_log a
          ) t where t.body ~ '(sk|rk)_(test|live)_|whsec_|sb_secret_|fwk_|"d":|client_secret|@'`,
  },
]

/** Every offence against I1–I10: which promise, and by what. */
export async function brokenInvariants({ pool }: { pool: Pool }): Promise<{ broken: string; offence: string }[]> {
  const all = invariants.map(
    ({ id, promise, sql }) => `select '${id} ${promise.replaceAll("'", "''")}' as broken, x.offence from (${sql}) x`,
  )
  return (await pool.query<{ broken: string; offence: string }>(all.join('\nunion all\n'))).rows
}
