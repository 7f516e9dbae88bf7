import { Client } from 'pg'
import { pino } from 'pino'
import { expect, inject, test } from 'vitest'

import { openPool } from './open-pool.ts'

test('a connection lost between two statements fails the next one and not the process', async () => {
  const pool = openPool(inject('adminUrl'), 1, pino({ level: 'silent' }))
  const admin = new Client({ connectionString: inject('adminUrl') })
  await admin.connect()
  const taken = await pool.connect()
  await taken.query('begin')
  const { rows } = await taken.query<{ pid: number }>('select pg_backend_pid() as pid')
  const lost = new Promise((resolve) => taken.once('end', resolve))

  await admin.query('select pg_terminate_backend($1)', [rows[0]?.pid])
  await lost

  await expect(taken.query('commit')).rejects.toThrow()
  taken.release(true)
  expect((await pool.query('select 1 as one')).rows).toEqual([{ one: 1 }])
  await pool.end()
  await admin.end()
})
