import type { ClientBase } from 'pg'

/** `sql` answers one text column, `offence`; no rows means clean. */
export type SchemaLint = { name: string; why: string; sql: string }
export type Offence = { lint: string; why: string; offence: string }

const ours = `('public', 'private')`
/** Roles that a browser or a rented box can be. */
const outside = `array['anon', 'authenticated', 'forge_worker']`
const objects = (kinds: string) =>
  `pg_class c join pg_namespace n on n.oid = c.relnamespace and n.nspname in ${ours} and c.relkind in (${kinds})`
/** The kinds of jobs are part of the program: an index for deleting one would cost every press. */
const neverDeleted = `array['public.job_kinds']`
const routines = `pg_proc p join pg_namespace n on n.oid = p.pronamespace and n.nspname in ${ours} and p.prokind = 'f'`
const policies = `(select schemaname || '.' || tablename || ': ' || policyname as title, schemaname, tablename, roles, cmd,
  permissive, coalesce(qual, '') || ' ' || coalesce(with_check, '') as body, qual, with_check from pg_policies) p`

/** What Supabase's database advisor looks for (supabase.com/docs/guides/database/database-advisors), and a little more. */
export const schemaLints: readonly SchemaLint[] = [
  {
    name: 'unindexed foreign key',
    why: 'deleting the row it names reads the whole table',
    sql: `select f.conrelid::regclass || ' ' || f.conname as offence from pg_constraint f
          join ${objects(`'r', 'p'`)} on c.oid = f.conrelid
          where f.contype = 'f' and f.confrelid <> all (${neverDeleted}::regclass[]) and not exists (
            select from pg_index i where i.indrelid = f.conrelid
              and (i.indkey::int2[])[0:cardinality(f.conkey) - 1] @> f.conkey)`,
  },
  {
    name: 'users exposed',
    why: 'a view over auth.users that somebody outside may read',
    sql: `select distinct c.oid::regclass::text as offence from ${objects(`'v', 'm'`)}
          join pg_rewrite r on r.ev_class = c.oid join pg_depend d on d.objid = r.oid
          where d.refobjid = 'auth.users'::regclass
            and exists (select from unnest(${outside}) r where has_table_privilege(r, c.oid, 'select'))`,
  },
  {
    name: 'policy runs per row',
    why: 'auth.*() and current_setting() belong into (select …), once a statement',
    sql: `select p.title as offence from ${policies}
          where regexp_replace(p.body, '\\(\\s*select\\s+(auth\\.\\w+\\(\\)|current_setting\\([^)]*\\))', '', 'gi')
            ~* '(auth\\.(uid|jwt|role|email)\\(\\)|current_setting\\()'`,
  },
  {
    name: 'no primary key',
    why: 'rows that nothing can name',
    sql: `select c.oid::regclass::text as offence from ${objects(`'r', 'p'`)}
          where not exists (select from pg_index i where i.indrelid = c.oid and i.indisprimary)`,
  },
  {
    name: 'several permissive policies',
    why: 'each of them runs for every row',
    sql: `select p.schemaname || '.' || p.tablename || ' ' || r || ' ' || x.cmd as offence
          from ${policies}, unnest(p.roles) r,
            unnest(case p.cmd when 'ALL' then array['SELECT', 'INSERT', 'UPDATE', 'DELETE'] else array[p.cmd] end) x (cmd)
          where p.permissive = 'PERMISSIVE' group by p.schemaname, p.tablename, r, x.cmd
          having count(*) > 1 and p.schemaname not in ('storage', 'realtime')`,
  },
  {
    name: 'row security is off',
    why: 'one forgotten grant opens every row',
    sql: `select c.oid::regclass::text as offence from ${objects(`'r', 'p'`)} where not c.relrowsecurity`,
  },
  {
    name: 'duplicate index',
    why: 'written twice, read once',
    sql: `select min(i.indexrelid::regclass::text) || ' = ' || max(i.indexrelid::regclass::text) as offence
          from pg_index i join ${objects(`'r', 'p'`)} on c.oid = i.indrelid
          group by i.indrelid, i.indkey::text, i.indclass::text, i.indoption::text, pg_get_expr(i.indexprs, i.indrelid),
            pg_get_expr(i.indpred, i.indrelid) having count(*) > 1`,
  },
  {
    name: 'view of its owner',
    why: 'a view in public reads with its owner’s rights unless security_invoker is on',
    sql: `select c.oid::regclass::text as offence from ${objects(`'v'`)}
          where n.nspname = 'public' and not coalesce(c.reloptions && array['security_invoker=true', 'security_invoker=on'], false)`,
  },
  {
    name: 'search path not empty',
    why: 'whoever calls it chooses which objects its names mean',
    sql: `select p.oid::regprocedure::text as offence from ${routines}
          where not coalesce('search_path=""' = any (p.proconfig), false)`,
  },
  {
    name: 'extension in public',
    why: 'its functions become part of the API',
    sql: `select e.extname::text as offence from pg_extension e join pg_namespace n on n.oid = e.extnamespace
          where n.nspname in ${ours}`,
  },
  {
    name: 'policy trusts user_metadata',
    why: 'users write it themselves',
    sql: `select p.title as offence from ${policies} where p.body ~* 'user_metadata'`,
  },
  {
    name: 'policy without a condition',
    why: 'a write that is always allowed',
    sql: `select p.title as offence from ${policies}
          where p.permissive = 'PERMISSIVE' and p.cmd <> 'SELECT'
            and (btrim(p.qual, '() ') = 'true' or btrim(p.with_check, '() ') = 'true')`,
  },
  {
    name: 'policy for everybody',
    why: 'a policy names its roles; public is also those nobody thought of',
    sql: `select p.title as offence from ${policies} where 'public' = any (p.roles)`,
  },
  {
    name: 'reg type in a table',
    why: 'pg_upgrade refuses it',
    sql: `select c.oid::regclass || '.' || a.attname as offence from ${objects(`'r', 'p'`)}
          join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
          where a.atttypid in ('regcollation'::regtype, 'regconfig'::regtype, 'regdictionary'::regtype,
            'regnamespace'::regtype, 'regoper'::regtype, 'regoperator'::regtype, 'regproc'::regtype,
            'regprocedure'::regtype)`,
  },
  {
    name: 'foreign key to a column of auth',
    why: 'of auth.users only the id is promised to stay',
    sql: `select f.conrelid::regclass || ' ' || f.conname as offence from pg_constraint f
          join ${objects(`'r', 'p'`)} on c.oid = f.conrelid
          where f.contype = 'f' and f.confrelid = 'auth.users'::regclass and f.confkey <> array[(
            select a.attnum from pg_attribute a where a.attrelid = 'auth.users'::regclass and a.attname = 'id')]`,
  },
  {
    name: 'table granted to the outside',
    why: 'browsers and boxes reach functions, never tables',
    sql: `select r || ' ' || v || ' ' || c.oid::regclass as offence from ${objects(`'r', 'p', 'v', 'm', 'f'`)},
            unnest(${outside}) r, unnest(array['select', 'insert', 'update', 'delete']) v
          where has_table_privilege(r, c.oid, v) or (v <> 'delete' and has_any_column_privilege(r, c.oid, v))`,
  },
  {
    name: 'function exposed',
    why: 'a definer function in public that anon or authenticated may execute over REST',
    sql: `select r || ' ' || p.oid::regprocedure as offence from ${routines}, unnest(array['anon', 'authenticated']) r
          where n.nspname = 'public' and has_function_privilege(r, p.oid, 'execute')`,
  },
  {
    name: 'function granted to public',
    why: 'every role, also those nobody thought of',
    sql: `select p.oid::regprocedure::text as offence from ${routines}
          where p.proacl is null or exists (select from aclexplode(p.proacl) a where a.grantee = 0)`,
  },
  {
    name: 'public bucket',
    why: 'whoever guesses a name reads the file',
    sql: `select b.id as offence from storage.buckets b where b.public`,
  },
]

/** Every offence of a migrated database against every lint. */
export async function lintSchema(client: Pick<ClientBase, 'query'>): Promise<Offence[]> {
  const found: Offence[] = []
  for (const { name, why, sql } of schemaLints) {
    const { rows } = await client.query<{ offence: string }>(sql)
    found.push(...rows.map(({ offence }) => ({ lint: name, why, offence })))
  }
  return found
}
