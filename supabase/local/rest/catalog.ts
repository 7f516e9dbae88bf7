import type { Pool } from 'pg'
import { z } from 'zod'

/** A column or argument; `type` is SQL, from the catalogue, safe to write into a statement. */
const columnSchema = z.object({ name: z.string(), type: z.string() })
const relationSchema = z.object({ name: z.string(), columns: z.array(columnSchema) })
const routineSchema = z.object({
  name: z.string(),
  args: z.array(columnSchema.extend({ required: z.boolean() })),
  variadic: z.boolean(),
  returnsSet: z.boolean(),
  volatile: z.boolean(),
  returns: z.enum(['void', 'scalar', 'composite']),
  /** Columns of a composite result; empty when the type does not say. */
  columns: z.array(columnSchema),
})

export type Column = z.infer<typeof columnSchema>
export type Relation = z.infer<typeof relationSchema>
export type Routine = z.infer<typeof routineSchema>
export type Catalog = { relations: ReadonlyMap<string, Relation>; routines: ReadonlyMap<string, readonly Routine[]> }

const relationsSql = `
  select c.relname as name, coalesce(json_agg(json_build_object(
      'name', a.attname, 'type', format_type(a.atttypid, a.atttypmod)) order by a.attnum), '[]') as columns
    from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'v', 'm', 'p', 'f')
    group by c.oid, c.relname`

/** Arguments of mode i, b, v go in; o, b, t come out. Defaults belong to the last of those that go in. */
const routinesSql = `
  select p.proname as name, p.provariadic <> 0 as variadic, p.proretset as "returnsSet",
    p.provolatile = 'v' as volatile,
    case when p.prorettype = 'void'::regtype then 'void'
         when t.typtype = 'c' or p.prorettype = 'record'::regtype
           or p.proargmodes && '{o,b,t}'::"char"[] then 'composite'
         else 'scalar' end as returns,
    coalesce((select json_agg(json_build_object('name', coalesce(i.name, ''), 'type', format_type(i.type, null),
        'required', i.nth <= p.pronargs - p.pronargdefaults) order by i.nth)
      from (select name, type, row_number() over (order by ord) as nth
              from unnest(p.proargnames, coalesce(p.proallargtypes, p.proargtypes::oid[]), p.proargmodes)
                with ordinality as a (name, type, mode, ord)
              where type is not null and coalesce(mode, 'i') in ('i', 'b', 'v')) i), '[]') as args,
    case when p.proargmodes && '{o,b,t}'::"char"[] then
      (select json_agg(json_build_object('name', name, 'type', format_type(type, null)) order by ord)
         from unnest(p.proargnames, p.proallargtypes, p.proargmodes) with ordinality as a (name, type, mode, ord)
         where mode in ('o', 'b', 't'))
    when t.typtype = 'c' then
      (select json_agg(json_build_object('name', attname, 'type', format_type(atttypid, atttypmod)) order by attnum)
         from pg_attribute where attrelid = t.typrelid and attnum > 0 and not attisdropped)
    else '[]' end as columns
    from pg_proc p join pg_type t on t.oid = p.prorettype
    where p.pronamespace = 'public'::regnamespace and p.prokind = 'f'
      and p.prorettype not in ('trigger'::regtype, 'event_trigger'::regtype)`

export type CatalogCache = {
  /** The catalogue as last read. */
  get: () => Promise<Catalog>
  /** Reads it again; several callers at once share one reading. */
  reload: () => Promise<Catalog>
}

/** Remembers what schema `public` holds. Read on first use and whenever a name is not found in it. */
export function createCatalogCache(admin: Pool): CatalogCache {
  let current: Promise<Catalog> | null = null
  let reading: Promise<Catalog> | null = null
  async function reload(): Promise<Catalog> {
    reading ??= readCatalog(admin).finally(() => {
      reading = null
    })
    const result = reading
    await result
    current = result
    return result
  }
  return { get: () => current ?? reload(), reload }
}

/** Reads tables and functions of schema `public`; types are spelled so that they resolve under any search path. */
export async function readCatalog(admin: Pool): Promise<Catalog> {
  const client = await admin.connect()
  try {
    await client.query(`begin read only`)
    await client.query(`set local search_path = pg_catalog`)
    const relations = z.array(relationSchema).parse((await client.query(relationsSql)).rows)
    const routines = z.array(routineSchema).parse((await client.query(routinesSql)).rows)
    return {
      relations: new Map(relations.map((relation) => [relation.name, relation])),
      routines: Map.groupBy(routines, (routine) => routine.name),
    }
  } finally {
    await client.query('rollback')
    client.release()
  }
}
