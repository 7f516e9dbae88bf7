import type pg from 'pg'
import type { z } from 'zod'
import type { listInput } from './input.ts'

type ListOptions = z.infer<typeof listInput>
type Entry = Readonly<Record<string, unknown>>

/** Columns to sort by, as SQL; names in byte order, as upstream. */
const sortColumns: Readonly<Record<ListOptions['sortBy']['column'], string>> = {
  name: 'name collate "C"',
  updated_at: 'updated_at',
  created_at: 'created_at',
  last_accessed_at: 'last_accessed_at',
}

/** One level of a folder: files with their facts, and sub-folders (id null), as far as `db` may see them. */
export async function listObjects(db: pg.PoolClient, bucket: string, options: ListOptions): Promise<Entry[]> {
  const folder = options.prefix === '' || options.prefix.endsWith('/') ? options.prefix : `${options.prefix}/`
  const { column, order } = options.sortBy
  const { rows } = await db.query<Entry>(
    `with inside as (
       select *, substr(name, length($2) + 1) as rest from storage.objects
       where bucket_id = $1 and starts_with(name, $2) and starts_with(lower(substr(name, length($2) + 1)), lower($3))
     ), entries as (
       select rest as name, id, updated_at, created_at, last_accessed_at, metadata from inside
       where position('/' in rest) = 0
       union all
       select distinct split_part(rest, '/', 1), null::uuid, null::timestamptz, null::timestamptz, null::timestamptz,
         null::jsonb
       from inside where position('/' in rest) > 0
     )
     select * from entries order by ${sortColumns[column]} ${order}, name collate "C" limit $4 offset $5`,
    [bucket, folder, options.search, options.limit, options.offset],
  )
  return rows
}
