import { DatabaseError } from 'pg'
import { expect } from 'vitest'
import { isErrorCode } from '#shared/errors.ts'
import { cloneDatabase, type TestDatabase } from './database.ts'
import {
  assetFacts,
  type Artist,
  call,
  capabilitiesOf,
  type Claimed,
  claim,
  complete,
  makeArtist,
  makeWorker,
  press,
  report,
  rows,
  setSettings,
  sweep,
} from './fixtures.ts'
import { expectInvariants } from './invariants.ts'
import { oneOf, pick, type Random, seeded, uuidOf } from './soak/random.ts'

type Box = { id: string; keyHash: string }
type Ref = { job: string; epoch: number; worker: string }
type World = {
  db: TestDatabase
  random: Random
  boxes: Box[]
  honest: string
  artists: Artist[]
  refs: Ref[]
  said: (() => Promise<unknown>)[]
}

type FuzzWish = { seed: number; calls: number; lanes: number }

type Fuzzed = {
  calls: number
  /** How often each typed refusal came. */
  refused: Record<string, number>
  /** What should not be: deadlocks, crashes, codes that nobody knows. */
  strange: string[]
}

const variant = 'hostile'
const template = `remix/${variant}`
/** Values that zod, or the server's own look at a file, would stop before they come here. */
const valueErrors = /^(22|23514)/
const numbers = [0, 1, -1, 27, 28, 10_001, 2_147_483_647, -2_147_483_648]
const reals = [0, 0.5, 1, -3, 7, 1e38, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
const times = ['0', '1200', '-1', 'NaN', 'Infinity', '1e300', '999999999999']
const stages = ['waiting', 'starting', 'loading', 'sampling', 'decoding', 'saving', 'done', '']
const words = ['', 'ENGINE_ERROR', 'INPUT_GONE', '\u{1F4A5}'.repeat(3_000), `'; drop table public.jobs; --`]

/** An attempt that somebody holds or held, or something like it. */
function refOf({ random, refs, boxes }: World): Ref {
  const known = oneOf(random, refs.slice(-40)) ?? { job: uuidOf(random), epoch: 1, worker: '' }
  const own = random() < 0.5
  return {
    worker: own && known.worker !== '' ? known.worker : (oneOf(random, boxes)?.id ?? ''),
    job: random() < 0.9 ? known.job : uuidOf(random),
    epoch: random() < 0.7 ? known.epoch : (oneOf(random, [...numbers, known.epoch + 1, known.epoch - 1]) ?? 0),
  }
}

function outputsOf(random: Random, job: string): unknown[] {
  const kinds = ['output', 'output', 'preview', 'input', 'mask', 'lora', 'nothing']
  const size = () => oneOf(random, [64, 64, 64, 0, -1, 2_147_483_647]) ?? 64
  return Array.from({ length: pick(random, 3) }, () => ({
    ...assetFacts(oneOf(random, kinds) ?? '', `outputs/${job}/${uuidOf(random)}.png`),
    ...(random() < 0.4 ? { width: size(), height: size(), bytes: size(), sha256: 'x' } : {}),
  }))
}

async function claimAny({ db, random, refs, boxes }: World): Promise<void> {
  const worker = oneOf(random, boxes)?.id ?? ''
  const warm = random() < 0.3 ? ['flux1-dev', words[3] ?? ''] : []
  const got = await call<Claimed | null>(db, 'claim_job', [worker, warm, random() < 0.3])
  if (got !== null) refs.push({ job: got.id, epoch: got.epoch, worker })
}

/** What a box may say, each with whatever it likes. */
const lies: ((world: World) => Promise<unknown>)[] = [
  claimAny,
  claimAny,
  (world) => {
    const { worker, job, epoch } = refOf(world)
    const [step, steps] = [oneOf(world.random, numbers) ?? 0, oneOf(world.random, numbers) ?? 0]
    const stage = oneOf(world.random, stages) ?? ''
    return report(world.db, worker, { job, epoch, stage, step, steps, progress: oneOf(world.random, reals) ?? 0 })
  },
  (world) => {
    const { worker, job, epoch } = refOf(world)
    const stageMs = world.random() < 0.5 ? {} : { sampling: -1, nothing: 'x' }
    const assets = JSON.stringify(outputsOf(world.random, job))
    return call(world.db, 'complete_job', [worker, job, epoch, assets, oneOf(world.random, times), stageMs])
  },
  (world) => {
    const { worker, job, epoch } = refOf(world)
    const [code, detail] = [oneOf(world.random, words), oneOf(world.random, words)]
    return call(world.db, 'fail_job', [worker, job, epoch, code, world.random() < 0.7, detail])
  },
  (world) => {
    const { worker, job, epoch } = refOf(world)
    return call(world.db, 'release_job', [worker, job, epoch])
  },
  (world) => {
    const { worker, job, epoch } = refOf(world)
    return call(world.db, world.random() < 0.5 ? 'check_attempt' : 'attempt_inputs', [worker, job, epoch])
  },
  (world) => {
    const { worker, job, epoch } = refOf(world)
    return call(world.db, 'note_remote', [worker, job, epoch, { id: 'x', posted_at: words[4] }])
  },
  (world) => {
    const { worker, job, epoch } = refOf(world)
    return call(world.db, 'book_provider_cost', [worker, job, epoch, oneOf(world.random, numbers)])
  },
  ({ db, random, boxes }) => call(db, 'set_fitness', [oneOf(random, boxes)?.id, oneOf(random, words)]),
  ({ db, random, boxes }) => call(db, random() < 0.3 ? 'leave_worker' : 'check_worker', [oneOf(random, boxes)?.id]),
  ({ db, random, boxes }) => {
    const [box, other] = [oneOf(random, boxes), oneOf(random, boxes)]
    const keyHash = random() < 0.7 ? box?.keyHash : words[4]
    return call(db, 'worker_session', [keyHash, random() < 0.7 ? box?.id : other?.id, capabilitiesOf([template])])
  },
]

/** Nobody is held back for long here: what is tried is the fence, not the patience. */
const forgive = `update workers set hold_until = '-infinity'
  where id in (select id from workers where hold_until > now() for update skip locked)`

/** Everybody else goes on meanwhile. */
const life: ((world: World) => Promise<unknown>)[] = [
  ({ db }) => db.pool.query(forgive),
  async ({ db, honest }) => {
    const got = await claim(db, honest)
    if (got !== null) await complete(db, honest, got.id, got.epoch)
  },
  async ({ db, random, artists }) => {
    const artist = oneOf(random, artists)
    if (artist === undefined) return
    const { jobs } = await press(db, { artist, variant, count: 3 })
    await call(db, 'cancel_job', [artist.id, jobs[0]])
  },
  async ({ db, random, refs }) => {
    const lost = oneOf(random, refs)?.job
    await db.pool.query(`update jobs set lease_until = now() - interval '1 s' where id = $1 and status = 'running'`, [
      lost,
    ])
    await sweep(db)
  },
]

async function makeWorld(db: TestDatabase, seed: number): Promise<World> {
  await setSettings(db, { box_failures: 1_000, box_handbacks: 5, warm_patience_s: 0 })
  const [one, two, provider, honest] = await Promise.all([
    makeWorker(db, { templates: [template] }),
    makeWorker(db, { templates: [template] }),
    makeWorker(db, { templates: [template], trust: 'provider' }),
    makeWorker(db, { templates: [template] }),
  ])
  const artists = await Promise.all([0, 1, 2].map(() => makeArtist(db, { credits: 500, free: false })))
  await Promise.all([...artists, ...artists].map((artist) => press(db, { artist, variant, count: 4 })))
  return { db, random: seeded(seed), boxes: [one, two, provider], honest: honest.id, artists, refs: [], said: [] }
}

/** Boxes say anything, in any order and at once, while others work. The order of calls follows the seed, their timing does not. */
async function fuzz(db: TestDatabase, wish: FuzzWish): Promise<Fuzzed> {
  const world = await makeWorld(db, wish.seed)
  const { random, said } = world
  const fuzzed: Fuzzed = { calls: 0, refused: {}, strange: [] }
  const lane = async (): Promise<void> => {
    while (fuzzed.calls < wish.calls) {
      fuzzed.calls += 1
      const chance = random()
      const act = (chance < 0.12 ? oneOf(random, life) : oneOf(random, lies)) ?? claimAny
      const again = chance > 0.85 ? oneOf(random, said) : undefined
      const work = again ?? (() => act({ ...world, random: seeded(Math.floor(chance * 1e9)) }))
      if (chance >= 0.12) said.push(work)
      await work().catch((error: unknown) => note(fuzzed, error))
    }
  }
  await Promise.all(Array.from({ length: wish.lanes }, lane))
  return fuzzed
}

function note(fuzzed: Fuzzed, error: unknown): void {
  if (!(error instanceof DatabaseError)) fuzzed.strange.push(String(error))
  else if (error.code === 'P0001' && isErrorCode(error.message))
    fuzzed.refused[error.message] = (fuzzed.refused[error.message] ?? 0) + 1
  else if (!valueErrors.test(error.code ?? ''))
    fuzzed.strange.push(`${error.code} ${error.message} ${error.where ?? ''}`)
}

/** The hostile boxes are revoked, and an honest one renders whatever is left. */
async function finishAll(db: TestDatabase): Promise<void> {
  await db.pool.query(`update worker_keys set revoked_at = now()`)
  await sweep(db)
  const { id } = await makeWorker(db, { templates: [template] })
  await db.pool.query(`update jobs set lease_until = now() - interval '1 s' where status = 'running'`)
  await sweep(db)
  for (let got = await claim(db, id); got !== null; got = await claim(db, id)) await complete(db, id, got.id, got.epoch)
}

const absurd = `select id, step, steps, progress from jobs
  where step < 0 or steps not between 1 and 10000 or step > steps or not (progress between 0 and 1)`
const hoards = `select worker_id from jobs where status = 'running' group by 1
  having count(*) > (select worker_cap from settings) or count(*) filter (where ahead) > 1`

/** Fuzzes a database of its own: every refusal is typed, I1–I10 hold at once and once an honest box has ended all jobs. */
export async function expectUnharmed(wish: FuzzWish): Promise<void> {
  await using db = await cloneDatabase()
  const { refused, strange } = await fuzz(db, wish)
  expect(strange).toEqual([])
  expect(refused).not.toEqual({})
  expect(await rows(db, absurd)).toEqual([])
  expect(await rows(db, hoards)).toEqual([])
  await expectInvariants(db)

  await finishAll(db)
  expect(await rows(db, `select id, status from jobs where status in ('queued', 'running')`)).toEqual([])
  await expectInvariants(db)
}
