import { randomUUID } from 'node:crypto'
import { DatabaseError } from 'pg'
import { v7 } from 'uuid'
import { expect } from 'vitest'
import type { Capabilities } from '#shared/worker/schema.ts'
import type { TestDatabase } from './database.ts'

export type Row = Readonly<Record<string, unknown>>
export type Job = Row & {
  id: string
  owner: string
  status: string
  stage: string
  epoch: number
  version: number
  step: number
  steps: number
  progress: number
  attempts: number
  returned: number
  purse: string
  price: number
  lane: string
  worker_id: string | null
  error_code: string | null
  transmission: string
  request_id: string
  lease_until: Date
  shown_at: Date
  created_at: Date
}
export type Claimed = { id: string; epoch: number; lease_until: string; inputs: Row[]; spec: Row; mask: Row | null }
export type Reply = { lease_until: string; over: boolean; drain: boolean; busy: boolean }
export type Bucket = { bucket: string; class: 'account' | 'network' | 'wide' }

/** Calls one public function as the server does and answers what it returned. */
export async function call<T>(db: TestDatabase, name: string, args: readonly unknown[]): Promise<T> {
  const places = args.map((_, index) => `$${index + 1}`).join(', ')
  const values = args.map((value) =>
    typeof value === 'object' && value !== null && !isTextArray(value) ? JSON.stringify(value) : value,
  )
  const result = await db.asService((client) => client.query(`select public.${name}(${places}) as answer`, values))
  return result.rows[0]?.answer
}

function isTextArray(value: object): boolean {
  return Array.isArray(value) && (value.length === 0 || typeof value[0] === 'string')
}

/** Rows of any query, as superuser. */
export async function rows<T extends Row>(db: TestDatabase, sql: string, values: unknown[] = []): Promise<T[]> {
  return (await db.pool.query<T>(sql, values)).rows
}

export async function jobOf(db: TestDatabase, id: string): Promise<Job> {
  const [job] = await rows<Job>(db, 'select * from jobs where id = $1', [id])
  if (job === undefined) throw new Error(`no job ${id}`)
  return job
}

export async function setSettings(db: TestDatabase, changes: Row): Promise<void> {
  for (const [column, value] of Object.entries(changes)) {
    const encoded = typeof value === 'object' && value !== null ? JSON.stringify(value) : value
    await db.pool.query(`update settings set ${column} = $1`, [encoded])
  }
}

/** The typed refusal that `work` ends in; fails the test when it does not refuse. */
export async function refusal(work: Promise<unknown>): Promise<{ code: string; data: Row }> {
  try {
    await work
  } catch (error) {
    if (error instanceof DatabaseError && error.code === 'P0001') {
      return { code: error.message, data: JSON.parse(error.detail ?? '{}') }
    }
    throw error
  }
  return expect.unreachable('expected a refusal')
}

/** Codes of those that were refused, and the values of those that were not. */
export async function outcomes<T>(work: readonly Promise<T>[]): Promise<{ done: T[]; codes: string[] }> {
  const settled = await Promise.allSettled(work)
  const done: T[] = []
  const codes: string[] = []
  for (const one of settled) {
    if (one.status === 'fulfilled') done.push(one.value)
    else codes.push(one.reason instanceof DatabaseError ? one.reason.message : String(one.reason))
  }
  return { done, codes }
}

export type Artist = { id: string; anonymous: boolean; asset: string }

/** A user with one confirmed input image and, if asked, credits. Without `free`, every free use of today is gone. */
export async function makeArtist(
  db: TestDatabase,
  { anonymous = false, credits = 0, free = true }: { anonymous?: boolean; credits?: number; free?: boolean } = {},
): Promise<Artist> {
  const id = await db.createUser({ anonymous })
  const asset = await makeAsset(db, id)
  if (credits > 0) await call(db, 'grant_credits', [id, credits, 'grant', `test:${id}`])
  if (!free) await useUpFree(db, id)
  return { id, anonymous, asset }
}

/** As if the artist's jobs of today had used `used` free images (the books stay balanced). */
export async function useUpFree(db: TestDatabase, owner: string, used = 10): Promise<void> {
  for (let index = 0; index < used; index += 1) {
    const id = v7()
    await db.pool.query(
      `insert into jobs (id, owner, request_id, ordinal, lane, purse, price, steps, mode, variant, model_key, min_trust,
         transmission, status)
       values ($1::uuid, $2, gen_random_uuid(), 0, 'free', 'free', 1, 28, 'remix', 'dev', 'flux1-dev', 'community',
         right($1::uuid::text, 8), 'succeeded')`,
      [id, owner],
    )
    await db.pool.query('insert into free_holds (job_id, buckets, day) values ($1, $2, private.utc_day())', [
      id,
      [`account:${owner}`],
    ])
  }
  await db.pool.query(`insert into free_usage (bucket, day, used) values ($1, private.utc_day(), $2)`, [
    `account:${owner}`,
    used,
  ])
}

export function assetFacts(kind: string, key: string): Row {
  const sha256 = 'ab'.repeat(32)
  return { id: randomUUID(), kind, storage_key: key, mime: 'image/png', width: 64, height: 48, bytes: 900, sha256 }
}

export async function makeAsset(db: TestDatabase, owner: string, kind = 'input'): Promise<string> {
  const id = randomUUID()
  await db.pool.query(
    `insert into assets (id, owner, kind, storage_key, mime, width, height, bytes, sha256)
     values ($1::uuid, $2, $3, 'inputs/' || $1::uuid || '.png', 'image/png', 64, 48, 900, repeat('ab', 32))`,
    [id, owner, kind],
  )
  return id
}

export type Press = {
  artist: Artist
  count?: number
  price?: number
  purse?: 'free' | 'credits'
  expected?: number
  requestId?: string
  hash?: string
  buckets?: Bucket[]
  mode?: string
  variant?: string
  model?: string
  minTrust?: string
  /** The job that this one takes up again. */
  againOf?: string | null
  asset?: string
  /** Images instead of the one `asset`; none for a press from words alone. */
  inputs?: Row[]
  role?: string
  mask?: Row | null
}

export type PressAnswer = {
  replayed: boolean
  jobs: Job[]
  specs: Row[]
  inputs: Row[]
  positions: Row[]
  quote: Row
}

/** One press of Generate; answers the ids of its jobs. */
export async function press(db: TestDatabase, wish: Press): Promise<{ jobs: string[]; replayed: boolean }> {
  const { jobs, replayed } = await pressForAll(db, wish)
  return { jobs: jobs.map((job) => job.id), replayed }
}

/** One press of Generate with its whole answer. */
export async function pressForAll(db: TestDatabase, wish: Press): Promise<PressAnswer> {
  const { artist, count = 1, price = 1, purse = 'credits' } = wish
  const { mode = 'remix', variant = 'dev', model = 'flux1-dev' } = wish
  const jobs = Array.from({ length: count }, (_, ordinal) => ({
    id: v7(),
    mode,
    variant,
    model_key: model,
    price,
    steps: 28,
    prompt: 'a lighthouse',
    negative: '',
    creativity: 50,
    chaos: 30,
    seed: String(7 + ordinal),
    params: { denoise: 0.6 },
    inputs: wish.inputs ?? [{ asset_id: wish.asset ?? artist.asset, role: wish.role ?? 'base', weight: 1, order: 0 }],
    mask: wish.mask ?? null,
    workflow_hash: 'cafe',
    again_of: wish.againOf ?? null,
    ...(wish.minTrust === undefined ? {} : { min_trust: wish.minTrust }),
  }))
  return call(db, 'enqueue_jobs', [
    artist.id,
    artist.anonymous,
    wish.requestId ?? randomUUID(),
    wish.hash ?? 'hash',
    purse,
    wish.expected ?? (purse === 'free' ? count : count * price),
    JSON.stringify(wish.buckets ?? []),
    JSON.stringify(jobs),
  ])
}

/** A box with a session that has asked for work. Each has its own key unless `keyHash` names one. */
export async function makeWorker(
  db: TestDatabase,
  options: { templates?: string[]; trust?: string; standIn?: boolean; keyHash?: string } = {},
): Promise<{ id: string; keyId: string; keyHash: string }> {
  const { templates = ['remix/dev'], trust = 'own', standIn = true, keyHash = randomUUID() } = options
  const [known] = await rows<{ id: string }>(db, 'select id from worker_keys where key_hash = $1', [keyHash])
  const keyId = known?.id ?? (await call<string>(db, 'create_worker_key', ['test', keyHash, 'pool', trust]))
  const id = randomUUID()
  await call(db, 'worker_session', [keyHash, id, capabilitiesOf(templates, standIn)])
  await db.pool.query('update workers set active_at = now() where id = $1', [id])
  return { id, keyId, keyHash }
}

export function capabilitiesOf(templates: string[], standIn = true): Capabilities {
  return { templates, gpu: 'test', vramBytes: 0, comfyVersion: '0.33.0', standIn, unavailable: {}, toy: false }
}

export async function claim(db: TestDatabase, worker: string, warm: string[] = []): Promise<Claimed | null> {
  return call(db, 'claim_job', [worker, warm])
}

/** Claims and insists on getting a job. */
export async function claimOne(db: TestDatabase, worker: string): Promise<Claimed> {
  const claimed = await claim(db, worker)
  if (claimed === null) throw new Error('nothing to claim')
  return claimed
}

type Report = { job: string; epoch: number; stage?: string; step?: number; steps?: number; progress?: number }

export async function report(db: TestDatabase, worker: string, what: Report): Promise<Reply> {
  const { job, epoch, stage = 'sampling', step = 0, steps = 28, progress = 0 } = what
  const result = await db.asWorker(worker, (client) =>
    client.query('select public.report_progress($1, $2, $3, $4, $5, $6) as answer', [
      job,
      epoch,
      stage,
      step,
      steps,
      progress,
    ]),
  )
  return result.rows[0]?.answer
}

export async function complete(
  db: TestDatabase,
  worker: string,
  job: string,
  epoch: number,
): Promise<{ status: string }> {
  const output = assetFacts('output', `outputs/${job}/${randomUUID()}.png`)
  return call(db, 'complete_job', [worker, job, epoch, JSON.stringify([output]), 1200, { sampling: 1000 }])
}

/** Moves clocks of a row into the past instead of waiting. */
export async function age(db: TestDatabase, job: string, columns: readonly string[], by: string): Promise<void> {
  for (const column of columns) {
    await db.pool.query(`update jobs set ${column} = ${column} - $2::interval where id = $1`, [job, by])
  }
}

export async function balanceOf(db: TestDatabase, owner: string): Promise<{ balance: number; held: number }> {
  const [account] = await rows<{ balance: number; held: number }>(
    db,
    'select balance, held from accounts where owner = $1',
    [owner],
  )
  return account ?? { balance: 0, held: 0 }
}

/** Fails with the offending rows when any invariant of money, lanes or attempts is broken. */
export async function expectBalancedBooks(db: TestDatabase): Promise<void> {
  const offences = await db.asService((client) => client.query('select * from public.audit_books()'))
  expect(offences.rows).toEqual([])
}

/** Makes the sweep believe that it ran a moment ago, without a gap in years, and runs it. */
export async function sweep(db: TestDatabase, { gap = false }: { gap?: boolean } = {}): Promise<Row> {
  await db.pool.query(`update private.sweep_state set swept_at = now() - $1::interval, resumed_at = '-infinity'`, [
    gap ? '16 s' : '5 s',
  ])
  return call(db, 'sweep', [])
}

export type Scene = {
  artist: Artist
  worker: string
  variant: string
  press: (wish?: Partial<Press>) => Promise<string[]>
  claim: () => Promise<Claimed>
  /** Presses once and claims it. */
  start: () => Promise<Claimed>
}

/** An artist with 100 credits and a worker that share a variant of their own: nothing else in the queue concerns them. */
export async function makeScene(db: TestDatabase): Promise<Scene> {
  const artist = await makeArtist(db, { credits: 100, free: false })
  const variant = `v${randomUUID().slice(0, 8)}`
  const worker = await makeWorker(db, { templates: [`remix/${variant}`] })
  const pressOwn = async (wish: Partial<Press> = {}): Promise<string[]> =>
    (await press(db, { artist, variant, ...wish })).jobs
  return {
    artist,
    worker: worker.id,
    variant,
    press: pressOwn,
    claim: () => claimOne(db, worker.id),
    async start() {
      await pressOwn()
      return claimOne(db, worker.id)
    },
  }
}
