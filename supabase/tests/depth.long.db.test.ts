import { expect, test } from 'vitest'
import { cloneDatabase } from './database.ts'
import { pagesOfClaims } from './depth.ts'
import { setSettings } from './fixtures.ts'

test('a claim touches as many pages behind 40,000 jobs as behind 100 with fresh statistics too', async () => {
  await using db = await cloneDatabase()
  await setSettings(db, { worker_cap: 1000 })

  const { shallow, deep, historic } = await pagesOfClaims(db, { analyze: true })

  expect(deep).toBeLessThan(shallow * 1.5)
  expect(historic).toBeLessThan(shallow * 1.5)
})
