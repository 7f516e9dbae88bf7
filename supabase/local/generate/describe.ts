import type { Client } from 'pg'
import { z } from 'zod'

/** A type as the catalogue knows it; `element` for arrays and domains, by oid. */
const typeSchema = z.object({
  oid: z.int(),
  name: z.string(),
  schema: z.string(),
  kind: z.enum(['base', 'array', 'enum', 'composite', 'domain', 'other']),
  element: z.int(),
  labels: z.array(z.string()),
})
const columnSchema = z.object({
  name: z.string(),
  type: z.int(),
  nullable: z.boolean(),
  hasDefault: z.boolean(),
  generated: z.boolean(),
})
const relationSchema = z.object({
  name: z.string(),
  rowType: z.int(),
  kind: z.enum(['table', 'view', 'composite']),
  columns: z.array(columnSchema),
  relationships: z.array(
    z.object({
      name: z.string(),
      columns: z.array(z.string()),
      target: z.string(),
      targetColumns: z.array(z.string()),
      oneToOne: z.boolean(),
    }),
  ),
})
const routineSchema = z.object({
  name: z.string(),
  returns: z.int(),
  set: z.boolean(),
  args: z.array(z.object({ name: z.string(), type: z.int(), optional: z.boolean(), defaultsToNull: z.boolean() })),
  out: z.array(z.object({ name: z.string(), type: z.int() })),
})

export type DbType = z.infer<typeof typeSchema>
export type DbRelation = z.infer<typeof relationSchema>
export type DbRoutine = z.infer<typeof routineSchema>
export type Description = { types: DbType[]; relations: DbRelation[]; routines: DbRoutine[] }

const typesSql = `
  select t.oid::int as oid, t.typname as name, n.nspname as schema,
    case when t.typcategory = 'A' then 'array' else
      coalesce('{"b":"base","e":"enum","c":"composite","d":"domain"}'::json ->> t.typtype, 'other') end as kind,
    (case when t.typcategory = 'A' then t.typelem else t.typbasetype end)::int as element,
    coalesce((select json_agg(enumlabel order by enumsortorder) from pg_enum where enumtypid = t.oid), '[]') as labels
  from pg_type t join pg_namespace n on n.oid = t.typnamespace order by t.oid`

const relationsSql = `
  select c.relname as name, c.reltype::int as "rowType",
    case c.relkind when 'c' then 'composite' when 'v' then 'view' when 'm' then 'view' else 'table' end as kind,
    (select coalesce(json_agg(json_build_object('name', attname, 'type', atttypid::int, 'nullable', not attnotnull,
        'hasDefault', atthasdef or attidentity <> '', 'generated', attgenerated <> '' or attidentity = 'a') order by attname), '[]')
      from pg_attribute where attrelid = c.oid and attnum > 0 and not attisdropped) as columns,
    (select coalesce(json_agg(json_build_object('name', conname, 'target', f.relname,
        'columns', (select json_agg(attname order by ord) from unnest(conkey) with ordinality k (num, ord) join pg_attribute on attrelid = conrelid and attnum = num),
        'targetColumns', (select json_agg(attname order by ord) from unnest(confkey) with ordinality k (num, ord) join pg_attribute on attrelid = confrelid and attnum = num),
        'oneToOne', exists (select from pg_index where indrelid = conrelid and indisunique and indpred is null
                              and indkey::int2[] @> conkey and indkey::int2[] <@ conkey)) order by conname), '[]')
      from pg_constraint join pg_class f on f.oid = confrelid
      where conrelid = c.oid and contype = 'f' and f.relnamespace = c.relnamespace) as relationships
  from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'f', 'v', 'm', 'c') order by c.relname`

const routinesSql = `
  select p.proname as name, p.prorettype::int as returns, p.proretset as set,
    (select coalesce(json_agg(json_build_object('name', name, 'type', type, 'optional', nth > pronargs - pronargdefaults,
        'defaultsToNull', coalesce(pg_get_function_arg_default(p.oid, ord::int) like 'NULL%', false)) order by name), '[]')
      from (select name, type::int, ord, row_number() over (order by ord) as nth
              from unnest(p.proargnames, coalesce(p.proallargtypes, p.proargtypes::oid[]), p.proargmodes)
                with ordinality as a (name, type, mode, ord)
              where type is not null and coalesce(mode, 'i') in ('i', 'b', 'v')) i) as args,
    (select coalesce(json_agg(json_build_object('name', name, 'type', type::int) order by name), '[]')
      from unnest(p.proargnames, p.proallargtypes, p.proargmodes) as a (name, type, mode) where mode in ('o', 'b', 't')) as out
  from pg_proc p where p.pronamespace = 'public'::regnamespace and p.prokind = 'f'
    and p.prorettype not in ('trigger'::regtype, 'event_trigger'::regtype)
    and not exists (select from pg_depend d where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e')
  order by p.proname, p.oid::regprocedure::text`

/** Reads what schema `public` offers to the API: tables, views, functions and every type they may use. */
export async function describeDatabase(client: Client): Promise<Description> {
  await client.query(`set search_path = pg_catalog`)
  const types = z.array(typeSchema).parse((await client.query(typesSql)).rows)
  const relations = z.array(relationSchema).parse((await client.query(relationsSql)).rows)
  const routines = z.array(routineSchema).parse((await client.query(routinesSql)).rows)
  return { types, relations, routines }
}
