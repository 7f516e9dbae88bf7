import { expect, test } from 'vitest'
import { cloneDatabase } from './database.ts'
import { fill, pagesOf } from './depth.ts'

const pageSql = `select * from jobs where owner = md5('0')::uuid and created_at < 'infinity'
  order by created_at desc limit 50`

test('B08 a page of jobs touches as many pages behind 100,000 finished ones as behind 100', async () => {
  await using db = await cloneDatabase()
  async function behind(history: number): Promise<number> {
    await fill(db, 1, 0, history)
    await db.pool.query("update jobs set created_at = created_at - random() * interval '1 year'")
    await db.pool.query('vacuum full analyze jobs')
    return await pagesOf(db, pageSql)
  }

  const few = await behind(100)
  const many = await behind(100_000)

  // Rows of one page lie on as many pages of the table at most; three more is the depth of the index.
  expect(many).toBeLessThan(few + 55)
})
