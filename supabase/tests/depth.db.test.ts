import { afterAll, beforeAll, expect, test } from 'vitest'
import { cloneDatabase } from './database.ts'
import type { TestDatabase } from './database.ts'
import { fill, pagesOf, pagesOfClaims } from './depth.ts'
import { makeWorker, rows, setSettings } from './fixtures.ts'

let db: TestDatabase
beforeAll(async () => {
  db = await cloneDatabase()
  await setSettings(db, { worker_cap: 1000 })
})
afterAll(() => db[Symbol.asyncDispose]())

test('a claim touches as many pages behind 40,000 jobs as behind 100, although the statistics are stale', async () => {
  const { shallow, deep, historic } = await pagesOfClaims(db, { analyze: false })

  expect(deep).toBeLessThan(shallow * 1.5)
  expect(historic).toBeLessThan(shallow * 1.5)
})

test('a quote reads neither the whole queue nor the history', async () => {
  await makeWorker(db)
  const sql = `select public.quote(gen_random_uuid(), false, '[]', 'remix/dev', 1, 1)`
  await fill(db, 2000, 20, 0)
  const [queue] = await rows<{ pages: number }>(db, `select pg_relation_size('jobs') / 8192 as pages`)

  expect(await pagesOf(db, sql)).toBeLessThan(Number(queue?.pages) / 2)
})
