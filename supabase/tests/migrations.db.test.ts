import { join } from 'node:path'
import { expect, test } from 'vitest'
import { prepareDatabase } from '#supabase/local/prepare.ts'
import { cloneDatabase } from './database.ts'
import { rows } from './fixtures.ts'

const migrationsDir = join(import.meta.dirname, '..', 'migrations')
const seed = join(import.meta.dirname, '..', 'seed.sql')

const everything = `
  select 'column' as kind, table_schema || '.' || table_name || '.' || column_name as name,
    concat_ws(' ', data_type, column_default, is_nullable) as meaning
  from information_schema.columns where table_schema in ('public', 'private')
  union all select 'function', p.oid::regprocedure::text, md5(p.prosrc) || p.proacl::text
  from pg_proc p join pg_namespace n on n.oid = p.pronamespace where n.nspname in ('public', 'private')
  union all select 'policy', tablename || '.' || policyname, qual from pg_policies
  union all select 'migration', version, name from supabase_migrations.schema_migrations
  order by 1, 2`

test('a second run of the migrations and of the seed changes nothing', async () => {
  await using db = await cloneDatabase()
  const options = { migrationsDir, seed }
  await prepareDatabase(db.url(), options)
  const before = await rows(db, everything)
  const world = await rows(db, `select s.variants, (select count(*) from credit_packs) as packs from settings s`)

  await prepareDatabase(db.url(), options)
  await db.pool.query('delete from supabase_migrations.seed_files')
  await prepareDatabase(db.url(), options)

  expect(await rows(db, everything)).toEqual(before)
  expect(await rows(db, `select s.variants, (select count(*) from credit_packs) as packs from settings s`)).toEqual(
    world,
  )
  const variants = { style: 'sdxl', remix: 'dev', inpaint: 'sdxl', mashup: 'canny', tonic: 'schnell' }
  expect(world).toEqual([{ variants, packs: '3' }])
})

test('no index, nor its predicate, is on a column that a progress write changes', async () => {
  await using db = await cloneDatabase()

  const touched = [
    'stage',
    'stage_at',
    'step',
    'steps',
    'progress',
    'version',
    'lease_until',
    'reported_at',
    'shown_at',
  ]
  const indexes = await rows<{ definition: string }>(
    db,
    `select indexdef as definition from pg_indexes where schemaname = 'public' and tablename = 'jobs'`,
  )

  expect(indexes.length).toBeGreaterThan(4)
  for (const { definition } of indexes) {
    for (const column of touched) expect(definition).not.toMatch(new RegExp(`\\b${column}\\b`))
  }
})
