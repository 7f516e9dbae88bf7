import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { cloneDatabase } from './database.ts'
import type { TestDatabase } from './database.ts'
import { call, capabilitiesOf, claim, makeArtist, makeWorker, press, rows } from './fixtures.ts'

let db: TestDatabase
beforeAll(async () => {
  db = await cloneDatabase()
})
afterAll(() => db[Symbol.asyncDispose]())

const factsOf = async (id: string) =>
  (await rows(db, 'select unfit_reason, unfit_at is not null as since from workers where id = $1', [id]))[0]

test('A14 a box that says it is unfit is given nothing, and is given work again after a new session', async () => {
  const variant = `v${randomUUID().slice(0, 8)}`
  const template = `remix/${variant}`
  const artist = await makeArtist(db, { credits: 5, free: false })
  const { id, keyHash } = await makeWorker(db, { templates: [template] })
  await press(db, { artist, variant })

  await call(db, 'set_fitness', [id, 'the disk has only 0.1 GB left'])
  expect(await factsOf(id)).toEqual({ unfit_reason: 'the disk has only 0.1 GB left', since: true })
  expect(await claim(db, id)).toBeNull()

  await call(db, 'set_fitness', [id, ''])
  await call(db, 'worker_session', [keyHash, id, capabilitiesOf([template])])
  expect(await factsOf(id)).toEqual({ unfit_reason: null, since: false })
  expect(await claim(db, id)).not.toBeNull()
})

test('nobody but a worker that may work can say so', async () => {
  await expect(call(db, 'set_fitness', [randomUUID(), 'x'])).rejects.toThrow('WORKER_REVOKED')
})
