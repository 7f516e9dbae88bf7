import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import {
  openProviderStudio,
  until,
  type ProviderProcess,
  type ProviderStudio,
} from '#server/testing/provider-process.ts'
import { claimOne, complete, expectBalancedBooks, makeWorker } from '#supabase/tests/fixtures.ts'
import { expectInvariants } from '#supabase/tests/invariants.ts'

const price = 25_000

let studio: ProviderStudio
let worker: ProviderProcess

beforeAll(async () => {
  studio = await openProviderStudio()
})
afterAll(() => studio.stop())
beforeEach(() => {
  studio.replicate.provider.faults.clear()
  studio.replicate.provider.show()
  studio.replicate.provider.predictions.length = 0
})
afterEach(async () => {
  await worker.kill()
  await expectInvariants(studio.live.db)
  await expectBalancedBooks(studio.live.db)
  await studio.live.db.pool.query('update settings set fallback_failures = 3, fallback_pause_s = 300')
})

const provider = () => studio.replicate.provider
const created = (count: number) => until(() => provider().predictions.length >= count, `${count} are created`)
/** True once the first prediction was ended before its picture, by us or by its deadline. */
const stopped = () => {
  const [first] = provider().predictions
  return first !== undefined && provider().status(first) === 'canceled'
}
const remoteOf = async (id: string) =>
  (await studio.live.db.pool.query('select remote from jobs where id = $1', [id])).rows[0]?.remote as {
    id?: string
  } | null

it('killed between the create and its answer: the next process on the disk finds the prediction, paid once', async () => {
  provider().faults.arm({ kind: 'create-cut', taken: true })
  provider().faults.arm({ kind: 'list-blind', looks: 1_000_000 })
  worker = await studio.start()
  const id = await studio.press()
  await created(1)
  const noted = await remoteOf(id)
  await worker.kill()
  provider().show()
  worker = await studio.start()
  const view = await studio.ended(id)

  expect(noted).not.toHaveProperty('id')
  expect(view).toMatchObject({ status: 'succeeded', fallback: { reason: 'asked' } })
  expect(provider().predictions).toHaveLength(1)
  expect(await studio.costs(id)).toEqual([price])
})

it('killed while it polls, its disk gone: another machine goes on from the row, and books where it was paid', async () => {
  provider().faults.arm({ kind: 'slow-start', ms: 86_400_000 })
  worker = await studio.start('first')
  const id = await studio.press()
  await until(async () => (await remoteOf(id))?.id, 'its id stands on the row')
  await worker.kill()
  await studio.loseLease(id)
  const [held] = provider().predictions
  if (held) held.startsAt = provider().now()
  worker = await studio.start('second')
  const view = await studio.ended(id)

  expect(view.status).toBe('succeeded')
  expect(provider().predictions).toHaveLength(1)
  expect(await studio.costs(id)).toEqual([price, null])
})

it('a GPU comes back while the provider renders: one image by the fence, and what was spent is booked once', async () => {
  provider().faults.arm({ kind: 'hang', step: 3 })
  worker = await studio.start()
  const id = await studio.press()
  await until(async () => (await remoteOf(id))?.id, 'its id stands on the row')
  worker.signal('SIGSTOP')
  await studio.loseLease(id)
  const box = await makeWorker(studio.live.db, { templates: ['remix/schnell'] })
  const claimed = await claimOne(studio.live.db, box.id)
  worker.signal('SIGCONT')
  await complete(studio.live.db, box.id, id, claimed.epoch)
  const view = await studio.ended(id)
  await until(async () => (await studio.costs(id))[0] === price, 'what had begun is booked')

  expect([claimed.id, claimed.epoch, view.status, view.fallback]).toEqual([id, 2, 'succeeded', null])
  expect(provider().predictions).toHaveLength(1)
  const { rows } = await studio.live.db.pool.query(
    'select outcome, backend from job_attempts where job_id = $1 order by epoch',
    [id],
  )
  expect(rows).toEqual([
    { outcome: 'lost', backend: 'replicate' },
    { outcome: 'succeeded', backend: 'comfy' },
  ])
})

it('a storm of 503 opens the circuit, the box-less queue waits, and one probe after the pause closes it', async () => {
  for (let turn = 0; turn < 3; turn += 1) provider().faults.arm({ kind: 'create-status', status: 503, taken: false })
  const circuit = async () =>
    (await studio.live.db.pool.query(`select private.circuit(s, 'replicate') as state from settings s`)).rows[0]
      ?.state as string
  worker = await studio.start()
  const first = await studio.press()
  const seen = await until(async () => (await circuit()) === 'open' && 'open', 'the circuit opens')
  const waiting = await studio.press()
  const view = await studio.person.api.forge.get.query({ id: waiting })
  const untilThen = provider().predictions.length
  await studio.live.db.pool.query('update settings set fallback_pause_s = 0')
  const after = await studio.ended(waiting)

  expect([seen, untilThen]).toEqual(['open', 0])
  expect(view).toMatchObject({ status: 'queued' })
  expect(after.status).toBe('succeeded')
  expect(await circuit()).toBe('closed')
  expect((await studio.ended(first)).status).toMatch(/succeeded|failed/)
})

it('a storm of 429 is waited out, costs no attempt and makes one prediction', async () => {
  for (let turn = 0; turn < 12; turn += 1) provider().faults.arm({ kind: 'throttle', seconds: 0.1, header: true })
  worker = await studio.start()
  const id = await studio.press()
  const view = await studio.ended(id)

  expect(view.status).toBe('succeeded')
  expect(provider().predictions).toHaveLength(1)
  expect((await studio.costs(id)).filter((cost) => cost !== null)).toEqual([price])
})

it('an output that has expired before it is copied is made anew, and both are paid', async () => {
  provider().faults.arm({ kind: 'output-status', status: 404 })
  worker = await studio.start()
  const id = await studio.press()

  expect((await studio.ended(id)).status).toBe('succeeded')
  expect(provider().predictions).toHaveLength(2)
  expect(await studio.costs(id)).toEqual([price, price])
})

it('what hangs at the provider is ended there by Cancel-After, and made anew', async () => {
  provider().faults.arm({ kind: 'hang', step: 2 })
  worker = await studio.start()
  const id = await studio.press()
  const view = await studio.ended(id)
  const [hung] = provider().predictions

  expect(view.status).toBe('succeeded')
  expect(hung).toMatchObject({ canceledAt: null, deadline: expect.any(Number) })
  expect(await studio.costs(id)).toEqual([price, price])
})

it('an artist who cancels ends it at the provider too; the press comes back as always, the cost is booked', async () => {
  provider().faults.arm({ kind: 'hang', step: 2 })
  worker = await studio.start()
  const id = await studio.press()
  await until(async () => (await studio.person.api.forge.get.query({ id })).stage === 'sampling', 'it samples')
  await studio.person.api.forge.cancel.mutate({ id })
  await until(() => stopped(), 'it ends at the provider')
  await until(async () => (await studio.costs(id))[0] === price, 'what had begun is booked')

  expect((await studio.ended(id)).status).toBe('canceled')
  expect(provider().predictions).toHaveLength(1)
})
