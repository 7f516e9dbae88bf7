import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { cloneDatabase } from './database.ts'
import type { TestDatabase } from './database.ts'
import type { Row } from './fixtures.ts'
import { balanceOf, call, expectBalancedBooks, makeArtist, outcomes, press, refusal, rows } from './fixtures.ts'
import { brokenInvariants, invariants } from './invariant-list.ts'
import { expectInvariants } from './invariants.ts'

let db: TestDatabase
beforeAll(async () => {
  db = await cloneDatabase()
})
afterAll(() => db[Symbol.asyncDispose]())
afterEach(() => expectInvariants(db))

type Sale = { id: string; owner: string; pack: string; asset: string }
type Told = { granted: boolean; clawed: number; problem: string | null; duplicate: boolean }

async function sell(credits = 50, cents = 500): Promise<Sale> {
  const pack = randomUUID()
  await db.pool.query('insert into credit_packs (id, title, credits, amount_cents) values ($1, $1, $2, $3)', [
    pack,
    credits,
    cents,
  ])
  const artist = await makeArtist(db, { free: false })
  const sale = { id: randomUUID(), owner: artist.id, pack, asset: artist.asset }
  await call(db, 'create_purchase', [sale.id, sale.owner, pack])
  return sale
}

/** What Stripe says about the sale's Checkout session; `paid` unless told otherwise. */
function session(sale: Sale, changes: Row = {}): Row {
  return {
    kind: 'session',
    purchase: sale.id,
    session: `cs_${sale.id}`,
    mode: 'payment',
    pack: sale.pack,
    amount: 500,
    currency: 'usd',
    payment_status: 'paid',
    status: 'complete',
    failed: false,
    payment_intent: `pi_${sale.id}`,
    ...changes,
  }
}

function refund(id: string, amount: number, state = 'taken'): Row {
  return { id: `re_${id}`, kind: 'refund', amount, currency: 'usd', state }
}

function dispute(id: string, amount: number, state: string, currency = 'usd'): Row {
  return { id: `dp_${id}`, kind: 'dispute', amount, currency, state }
}

function payment(sale: Sale, ...reversals: Row[]): Row {
  return { kind: 'payment', purchase: sale.id, payment_intent: `pi_${sale.id}`, reversals }
}

function tell(fact: Row | null, event = `evt_${randomUUID()}`, type = 'checkout.session.completed'): Promise<Told> {
  return call(db, 'handle_stripe_event', [event, type, '2026-10-28.endive', { id: event }, fact, null])
}

const holds = async (sale: Sale): Promise<number> => (await balanceOf(db, sale.owner)).balance

async function alertsOf(subject: string): Promise<unknown[]> {
  const found = await rows(db, 'select detail from alerts where subject = $1 and closed_at is null', [subject])
  return found.map(({ detail }) => (detail as { problem: string }).problem)
}

test('D06 one event ten times at once grants once, and so do ten events', async () => {
  const sale = await sell()
  const event = `evt_${randomUUID()}`

  const same = await Promise.all(Array.from({ length: 10 }, () => tell(session(sale), event)))
  const others = await Promise.all(Array.from({ length: 10 }, () => tell(session(sale))))

  expect(same.filter((answer) => answer.granted)).toHaveLength(1)
  expect(same.filter((answer) => answer.duplicate)).toHaveLength(9)
  expect(others.filter((answer) => answer.granted || answer.duplicate)).toHaveLength(0)
  expect(await holds(sale)).toBe(50)
})

test('D07 async payment before completed grants once; completed unpaid and then failed grants nothing', async () => {
  const [early, never] = [await sell(), await sell()]
  const unpaid = { payment_status: 'unpaid' }

  await tell(session(early), undefined, 'checkout.session.async_payment_succeeded')
  await tell(session(early, unpaid))
  await tell(session(never, unpaid))
  const [waiting] = await rows(db, 'select status, processing_at from purchases where id = $1', [never.id])
  await tell(session(never, { ...unpaid, failed: true }), undefined, 'checkout.session.async_payment_failed')

  expect([await holds(early), await holds(never)]).toEqual([50, 0])
  expect(waiting).toMatchObject({ status: 'open', processing_at: expect.any(Date) })
  expect(await rows(db, 'select status from purchases where id = $1', [never.id])).toEqual([{ status: 'failed' }])
})

test('money that arrives after an expiry or a failure is granted all the same', async () => {
  const [expired, failed] = [await sell(), await sell()]
  await tell(session(expired, { payment_status: 'unpaid', status: 'expired' }))
  await tell(session(failed, { payment_status: 'unpaid', failed: true }))

  await tell(session(expired))
  await tell(session(failed))
  await tell(session(failed, { payment_status: 'unpaid', failed: true }))

  expect([await holds(expired), await holds(failed)]).toEqual([50, 50])
})

test('D08 a refund that is heard of before the payment ends at nothing', async () => {
  const sale = await sell()

  expect(await tell(payment(sale, refund(sale.id, 500)))).toMatchObject({ clawed: 0, problem: null })
  expect(await tell(session(sale))).toMatchObject({ granted: true, clawed: 50 })

  expect(await holds(sale)).toBe(0)
})

test('D09 partial refunds take the difference, below zero if need be, and new jobs wait until it is not', async () => {
  const sale = await sell()
  await tell(session(sale))
  await call(db, 'grant_credits', [sale.owner, -40, 'adjust', `spent:${sale.id}`])
  const [one, two] = [refund(`${sale.id}1`, 150), refund(`${sale.id}2`, 150)]

  const clawed = [
    await tell(payment(sale, one)),
    await tell(payment(sale, one)),
    await tell(payment(sale, one, two)),
    // Late news of the time when there was only the first.
    await tell(payment(sale, one)),
  ]

  expect(clawed.map((answer) => answer.clawed)).toEqual([15, 0, 15, 0])
  expect(await holds(sale)).toBe(-20)
  const artist = { id: sale.owner, anonymous: false, asset: sale.asset }
  const buckets = [{ bucket: `account:${sale.owner}`, class: 'account' as const }]
  expect((await refusal(press(db, { artist }))).code).toBe('PURSE_EMPTY')
  expect((await refusal(press(db, { artist, purse: 'free', buckets }))).code).toBe('PURSE_EMPTY')
  await call(db, 'grant_credits', [sale.owner, 21, 'grant', `gift:${sale.id}`])
  expect((await press(db, { artist, variant: randomUUID() })).jobs).toHaveLength(1)
})

test('D09 a dispute takes the credits back; won it returns them, lost it keeps them, in any order', async () => {
  const [won, lost, late] = [await sell(), await sell(), await sell()]
  for (const sale of [won, lost, late]) await tell(session(sale))

  await tell(payment(won, dispute(won.id, 500, 'noted')))
  expect(await holds(won)).toBe(50)
  await tell(payment(won, dispute(won.id, 500, 'taken')))
  expect(await holds(won)).toBe(0)
  await tell(payment(won, dispute(won.id, 500, 'undone')))
  await tell(payment(lost, dispute(lost.id, 500, 'taken')))
  await tell(payment(lost, dispute(lost.id, 500, 'taken')))
  await tell(payment(late, dispute(late.id, 500, 'undone')))
  await tell(payment(late, dispute(late.id, 500, 'taken')))

  expect([await holds(won), await holds(lost), await holds(late)]).toEqual([50, 0, 50])
})

test('a refund that failed gives back what it took, and the next one takes it again', async () => {
  const sale = await sell()
  await tell(session(sale))
  const first = `${sale.id}1`

  await tell(payment(sale, refund(first, 500)))
  await tell(payment(sale, refund(first, 500, 'undone')))
  expect(await holds(sale)).toBe(50)
  await tell(payment(sale, refund(first, 500, 'undone'), refund(`${sale.id}2`, 500)))

  expect(await holds(sale)).toBe(0)
  expect(
    await rows(db, `select kind, delta from ledger where owner = $1 and kind <> 'purchase' order by id`, [sale.owner]),
  ).toEqual([
    { kind: 'clawback', delta: -50 },
    { kind: 'adjust', delta: 50 },
    { kind: 'clawback', delta: -50 },
  ])
})

test('refund and dispute of one payment never take more than it brought', async () => {
  const sale = await sell()
  await tell(session(sale))

  await tell(
    payment(sale, refund(sale.id, 400), dispute(sale.id, 500, 'taken'), dispute(`x${sale.id}`, 9, 'taken', 'eur')),
  )

  expect(await holds(sale)).toBe(0)
})

test.each<[string, Row]>([
  ['amount', { amount: 499 }],
  ['amount', { amount: 499.5 }],
  ['amount', { amount: -500 }],
  ['amount', { amount: '500' }],
  ['amount', { amount: null }],
  ['currency', { currency: 'eur' }],
  ['currency', { currency: null }],
  ['pack', { pack: 'blaze' }],
  ['pack', { pack: null }],
  ['mode', { mode: 'subscription' }],
  ['session', { session: 'cs_of_somebody_else' }],
])('D12 a session with another %s (%j) is stored, told of, and grants nothing', async (problem, changes) => {
  const sale = await sell()
  await call(db, 'save_checkout', [sale.id, `cs_${sale.id}`])
  const event = `evt_${randomUUID()}`

  expect(await tell(session(sale, changes), event)).toMatchObject({ granted: false, problem })

  expect(await holds(sale)).toBe(0)
  expect(await alertsOf(sale.id)).toEqual([problem])
  expect(await rows(db, 'select problem from stripe_events where id = $1', [event])).toEqual([{ problem }])
})

test('D12 a purchase that nobody knows is told of; an event without a fact is stored and nothing else', async () => {
  const ghost = { id: randomUUID(), owner: '', pack: 'spark', asset: '' }
  const event = `evt_${randomUUID()}`

  expect(await tell(session(ghost))).toMatchObject({ problem: 'unknown purchase' })
  expect(await tell(null, event, 'customer.updated')).toMatchObject({ problem: null, granted: false })

  expect(await alertsOf(ghost.id)).toEqual(['unknown purchase'])
  expect(await alertsOf(event)).toEqual([])
})

test('a payment of another intent than the purchase’s takes nothing', async () => {
  const sale = await sell()
  await tell(session(sale))

  const told = await tell({ ...payment(sale, refund(sale.id, 500)), payment_intent: 'pi_other' })

  expect(told).toMatchObject({ problem: 'payment_intent', clawed: 0 })
  expect(await holds(sale)).toBe(50)
})

test('D11 an event that fails half way leaves neither itself nor money, and its redelivery does both', async () => {
  const sale = await sell()
  const event = `evt_${randomUUID()}`
  await db.pool.query(`alter table ledger add constraint broken check (kind <> 'purchase') not valid`)

  await expect(tell(session(sale), event)).rejects.toMatchObject({ code: '23514' })
  expect(await rows(db, 'select 1 from stripe_events where id = $1', [event])).toEqual([])
  await db.pool.query('alter table ledger drop constraint broken')

  expect(await tell(session(sale), event)).toMatchObject({ granted: true })
  expect(await holds(sale)).toBe(50)
})

test('a pack that changes its price or leaves the shelf changes no sale', async () => {
  const sale = await sell()
  await db.pool.query('update credit_packs set amount_cents = 900, credits = 1, active = false where id = $1', [
    sale.pack,
  ])

  await tell(session(sale))

  expect(await holds(sale)).toBe(50)
  expect((await refusal(call(db, 'create_purchase', [randomUUID(), sale.owner, sale.pack]))).code).toBe('NOT_FOUND')
})

test('a purchase is made once an id, for one owner and pack, and never for a guest', async () => {
  const [sale, other] = [await sell(), await sell()]
  const guest = await makeArtist(db, { anonymous: true })
  const again = (id: string, owner: string, pack: string) => call(db, 'create_purchase', [id, owner, pack])

  const made = await outcomes(Array.from({ length: 5 }, () => again(sale.id, sale.owner, sale.pack)))

  expect(made.codes).toEqual([])
  expect((await refusal(again(sale.id, other.owner, sale.pack))).code).toBe('REQUEST_ID_REUSED')
  expect((await refusal(again(sale.id, sale.owner, other.pack))).code).toBe('REQUEST_ID_REUSED')
  expect((await refusal(again(randomUUID(), guest.id, sale.pack))).code).toBe('ACCOUNT_REQUIRED')
})

test('a purchase keeps its first session and an owner their first customer, unless that one is gone', async () => {
  const sale = await sell()
  const save = (customer: string, replaces: string | null) =>
    call(db, 'save_customer', [sale.owner, customer, replaces])
  await call(db, 'save_checkout', [sale.id, 'cs_1'])

  expect((await refusal(call(db, 'save_checkout', [sale.id, 'cs_2']))).code).toBe('REQUEST_ID_REUSED')
  expect([await save('cus_1', null), await save('cus_2', null), await save('cus_3', 'cus_1')]).toEqual([
    'cus_1',
    'cus_1',
    'cus_3',
  ])
})

test('what is read now contradicts a grant that Stripe does not know, and agreement closes the alert', async () => {
  const sale = await sell()
  const read = (fact: Row) => call<Told>(db, 'reconcile_purchase', [fact])
  await tell(session(sale, { amount: 1 }))

  expect(await read(session(sale))).toMatchObject({ granted: true, problem: null })
  expect(await alertsOf(sale.id)).toEqual([])
  expect(await read(session(sale, { payment_status: 'unpaid' }))).toMatchObject({ problem: 'granted but not paid' })
  expect(await alertsOf(sale.id)).toEqual(['granted but not paid'])
})

test('the audit runs once in ten minutes, opens one alert with the first offence, and closes it when mended', async () => {
  const sale = await sell()
  const tick = () => call<{ ran: boolean; offences: number }>(db, 'audit_tick', [])
  const due = () => db.pool.query(`update private.audit_state set audited_at = now() - interval '11 minutes'`)
  const open = () => rows(db, `select detail from alerts where kind = 'books' and closed_at is null`)

  expect([await tick(), await tick()]).toMatchObject([{ ran: true, offences: 0 }, { ran: false }])
  await db.pool.query('update purchases set clawed_credits = 3 where id = $1', [sale.id])
  await due()
  expect(await tick()).toMatchObject({ ran: true, offences: 1 })
  expect(await open()).toMatchObject([{ detail: { offences: 1, first: { subject: sale.id } } }])
  await db.pool.query('update purchases set clawed_credits = 0 where id = $1', [sale.id])
  await due()
  await tick()
  expect(await open()).toEqual([])
})

test('the ledger reads back with what each row was for, page by page, and only one’s own', async () => {
  const sale = await sell()
  await tell(session(sale))
  await press(db, { artist: { id: sale.owner, anonymous: false, asset: sale.asset }, variant: randomUUID() })
  const read = (owner: string, kinds: string[] | null, before: number | null, limit = 10) =>
    call<Row[]>(db, 'read_ledger', [owner, kinds, before, limit])

  const [newest] = await read(sale.owner, null, null, 1)
  const rest = await read(sale.owner, null, Number(newest?.['id']))

  expect(newest).toMatchObject({ kind: 'hold', delta: -1, balance_after: 49, mode: 'remix', ended_by: null })
  expect(newest?.['thumb_key']).toContain('inputs/')
  expect(rest).toMatchObject([{ kind: 'purchase', delta: 50, balance_after: 50, external_id: `purchase:${sale.id}` }])
  expect(await read(sale.owner, ['purchase'], null)).toHaveLength(1)
  expect(await read(randomUUID(), null, null)).toEqual([])
})

test('E01, E02, E09 nobody but the server reads or moves money: not the owner, a stranger, a guest or a worker', async () => {
  const sale = await sell()
  await tell(session(sale))
  const attempts = [
    'select * from ledger',
    'select * from accounts',
    'select * from purchases',
    'select * from stripe_events',
    'select * from purchase_reversals',
    `insert into ledger (owner, kind, delta, balance_after) values ('${sale.owner}', 'grant', 9, 59)`,
    `update accounts set balance = 999 where owner = '${sale.owner}'`,
    `update ledger set delta = 999`,
    `delete from ledger`,
    `select public.handle_stripe_event('evt_mine', 'x', null, '{}', '${JSON.stringify(session(sale))}', null)`,
    `select public.reconcile_purchase('${JSON.stringify(session(sale))}')`,
    `select public.create_purchase('${randomUUID()}', '${sale.owner}', '${sale.pack}')`,
    `select public.read_ledger('${sale.owner}', null, null, 10)`,
    `select private.apply_fact('{}')`,
  ]

  for (const sql of attempts) {
    const run = (client: { query: (text: string) => Promise<unknown> }): Promise<unknown> => client.query(sql)
    const tried = await Promise.allSettled([
      db.asUser(sale.owner, run),
      db.asUser(randomUUID(), { is_anonymous: true }, run),
      db.asAnon(run),
      db.asWorker(randomUUID(), run),
    ])
    expect(tried.map((one) => one.status === 'rejected' && one.reason.code)).toEqual(Array(4).fill('42501'))
  }
  // Even the superuser cannot rewrite what is written.
  for (const sql of ['update ledger set delta = 1', 'delete from ledger', 'truncate ledger']) {
    await expect(db.pool.query(sql)).rejects.toThrow(/append-only|refuse|FORBIDDEN/i)
  }
  expect(await holds(sale)).toBe(50)
  await expectBalancedBooks(db)
})

test('each invariant finds its offender', async () => {
  await using scratch = await cloneDatabase()
  const owner = (await makeArtist(scratch, { credits: 5 })).id
  await scratch.pool.query('update accounts set balance = 6 where owner = $1', [owner])

  const found = async () => (await brokenInvariants(scratch)).map(({ broken }) => broken.split(' ')[0])

  expect(new Set(await found())).toEqual(new Set(['I1']))
  await scratch.pool.query('update accounts set balance = 5 where owner = $1', [owner])
  expect(await found()).toEqual([])
  await scratch.pool.query(`insert into alerts (kind, detail) values ('x', '{"key": "sk_test_123"}')`)
  expect(await found()).toEqual(['I10'])
  expect(invariants.map(({ id }) => id)).toEqual(['I1', 'I2', 'I3', 'I4', 'I5', 'I6', 'I7', 'I8', 'I9', 'I10'])
})
