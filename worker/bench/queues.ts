import { Logger, makeWorkerUtils, run, runOnce } from 'graphile-worker'
import { Pool } from 'pg'
import { PgBoss } from 'pg-boss'

/** A queue with a worker of its own that waits for work. Times are microseconds on the database's clock. */
export type PeerQueue = AsyncDisposable & {
  /** Stores one job; resolves when it is committed. */
  add: () => Promise<void>
  /** When the next job handed to the worker was claimed. */
  claimed: () => Promise<number>
  /** Stops the waiting worker; jobs stay until `take`. */
  rest: () => Promise<void>
  /** The claim statement alone, as its own client sends it. */
  take: () => Promise<unknown>
}

type Statement = { text: string; values: unknown[] }

/** graphile-worker, one job at a time, woken by LISTEN/NOTIFY; polls every 2 s, which is its default. */
export async function openGraphile(connectionString: string): Promise<PeerQueue> {
  const pool = new Pool({ connectionString, max: 4 })
  pool.on('error', () => undefined)
  const claim = hearClaim(pool)
  const logger = new Logger(() => () => undefined)
  const utils = await makeWorkerUtils({ pgPool: pool, logger })
  await utils.migrate()
  const bell = createBell<number>()
  const runner = await run({
    pgPool: pool,
    logger,
    concurrency: 1,
    noHandleSignals: true,
    taskList: {
      async render(_payload, helpers) {
        const { rows } = await helpers.query<{ at: string }>(
          'select extract(epoch from locked_at) * 1e6 as at from graphile_worker._private_jobs where id = $1',
          [helpers.job.id],
        )
        bell.ring(Number(rows[0]?.at))
      },
    },
  })
  let running = true
  const rest = async () => {
    if (running) await runner.stop()
    running = false
  }
  return {
    async add() {
      await utils.addJob('render', { prompt: 'oil on board' })
    },
    claimed: bell.heard,
    rest,
    take: () => pool.query(claim()),
    async [Symbol.asyncDispose]() {
      await rest()
      await utils.release()
      await pool.end()
    },
  }
}

/** graphile-worker's claim statement alone, heard from a worker of its own that runs once. */
export async function claimOf(pool: Pool): Promise<() => Promise<unknown>> {
  const ear = new Pool({ ...pool.options, max: 2 })
  ear.on('error', () => undefined)
  const claim = hearClaim(ear)
  const taskList = { render: () => undefined }
  await runOnce({ pgPool: ear, logger: new Logger(() => () => undefined), taskList, noHandleSignals: true })
  await ear.end()
  return () => pool.query(claim())
}

/** Listens to what graphile-worker sends over the pool; answers its claim statement once it has sent one. */
function hearClaim(pool: Pool): () => Statement & { name: string } {
  let heard: Statement | null = null
  pool.on('connect', (client) => {
    const query = client.query.bind(client) as (...args: unknown[]) => unknown
    Object.assign(client, {
      query(...args: unknown[]) {
        if (isClaim(args[0])) heard = args[0]
        return query(...args)
      },
    })
  })
  return () => {
    if (heard === null) throw new Error('graphile-worker has claimed nothing yet')
    return { ...heard, name: 'bench_get_job' }
  }
}

function isClaim(query: unknown): query is Statement {
  return (
    typeof query === 'object' &&
    query !== null &&
    'text' in query &&
    typeof query.text === 'string' &&
    query.text.includes('skip locked') &&
    query.text.includes('attempts = jobs.attempts + 1')
  )
}

/** pg-boss, one job at a time, woken by LISTEN/NOTIFY. */
export async function openBoss(connectionString: string): Promise<PeerQueue> {
  const boss = new PgBoss({ connectionString, max: 4, supervise: false, schedule: false, useListenNotify: true })
  boss.on('error', () => undefined)
  await boss.start()
  await boss.createQueue('render', { notify: true })
  const pool = new Pool({ connectionString, max: 1 })
  const bell = createBell<number>()
  await boss.work('render', { pollingIntervalSeconds: 2 }, async ([job]) => {
    const { rows } = await pool.query<{ at: string }>(
      'select extract(epoch from started_on) * 1e6 as at from pgboss.job where id = $1',
      [job?.id],
    )
    bell.ring(Number(rows[0]?.at))
  })
  return {
    async add() {
      await boss.send('render', { prompt: 'oil on board' })
    },
    claimed: bell.heard,
    rest: () => boss.offWork('render', { wait: true }),
    take: () => boss.fetch('render'),
    async [Symbol.asyncDispose]() {
      await boss.stop({ graceful: false })
      await pool.end()
    },
  }
}

/** Hands each rung value to the next who listens. */
export function createBell<T>(): { ring: (value: T) => void; heard: () => Promise<T> } {
  const values: T[] = []
  let listener: ((value: T) => void) | null = null
  return {
    ring(value) {
      if (listener === null) values.push(value)
      else listener(value)
      listener = null
    },
    heard() {
      const value = values.shift()
      if (value !== undefined) return Promise.resolve(value)
      return new Promise((resolve) => {
        listener = resolve
      })
    },
  }
}
