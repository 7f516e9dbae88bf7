import { randomBytes, randomUUID } from 'node:crypto'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import process from 'node:process'
import { type ClientBase, Pool } from 'pg'
import { v7 } from 'uuid'
import type { BenchRow } from '#shared/bench/report.ts'
import { startPostgres } from '#supabase/local/postgres/start.ts'
import { prepareDatabase } from '#supabase/local/prepare.ts'

/**
 * A migrated database of its own with caps out of the way, gone when disposed. Nothing but Postgres runs: what reads
 * messages from its log is another machine where it is hosted, and would take half of this one.
 */
export type BenchWorld = AsyncDisposable & {
  adminUrl: string
  /** Every connection speaks as service_role, as the server does. */
  pool: Pool
  /** An owner with a million credits and one input image. */
  newOwner: () => Promise<BenchOwner>
  /** A live worker that can run remix. */
  newWorker: () => Promise<string>
}

export type BenchOwner = { id: string; assetId: string }

export async function createWorld(connections = 8): Promise<BenchWorld> {
  const dataDir = await mkdtemp(path.join(os.tmpdir(), 'forge-bench-'))
  // Started as root, Postgres runs as another account and must get through.
  await chmod(dataDir, 0o711)
  const postgres = await startPostgres({
    dataDir: path.join(dataDir, 'postgres'),
    port: 0,
    password: randomBytes(24).toString('base64url'),
  })
  const { adminUrl } = postgres
  await prepareDatabase(adminUrl, { migrationsDir: path.join(import.meta.dirname, '../migrations') })
  const admin = openPool(adminUrl, 2)
  const pool = openPool(adminUrl, connections, '-c role=service_role')
  await admin.query(`update public.settings set free_enabled = false, open_caps = '{"permanent": 100000000, "anonymous": 100000000}',
    running_caps = '{"paid": 100000000, "free": 100000000, "anon": 100000000}', worker_cap = 100000000, queue_cap = 100000000`)
  return {
    adminUrl,
    pool,
    newOwner: () => newOwner(admin),
    newWorker: () => newWorkerOf(admin, ['remix/dev']),
    async [Symbol.asyncDispose]() {
      await Promise.all([pool.end(), admin.end()])
      await postgres.stop()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

/** Connections that may be cut when their Postgres ends: a pool without a listener would end the process. */
export function openPool(connectionString: string, max: number, options?: string): Pool {
  const pool = new Pool({ connectionString, max, ...(options === undefined ? {} : { options }) })
  pool.on('error', () => undefined)
  return pool
}

async function newOwner(admin: Pool): Promise<BenchOwner> {
  const owner = { id: randomUUID(), assetId: randomUUID() }
  await admin.query('select public.grant_credits($1, 1000000, $2, $3)', [owner.id, 'grant', `bench:${owner.id}`])
  await admin.query(
    `insert into public.assets (id, owner, kind, storage_key, mime, width, height, bytes, sha256)
     values ($1, $2, 'input', $3, 'image/png', 1024, 1024, 1000, repeat('0', 64))`,
    [owner.assetId, owner.id, `inputs/${owner.assetId}.png`],
  )
  return owner
}

/** A live worker that can run `templates`; answers its id. */
export async function newWorkerOf(admin: Pool, templates: readonly string[]): Promise<string> {
  const instance = randomUUID()
  const hash = instance.replaceAll('-', '').repeat(2)
  await admin.query('select public.create_worker_key($1, $2, $3, $4)', ['bench', hash, 'bench', 'own'])
  await admin.query('select public.worker_session($1, $2, $3)', [
    hash,
    instance,
    { templates, gpu: 'none', vramBytes: 0, comfyVersion: '0', standIn: true },
  ])
  return instance
}

/** One press of Generate with one image, as the server sends it. `wish` replaces fields of its job. */
export async function enqueue(
  pool: Pool | ClientBase,
  owner: BenchOwner,
  wish: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  // As the server makes them: in the order of time, which is cheaper for an index than any order.
  const id = v7()
  await pool.query('select public.enqueue_jobs($1, false, $2, $3, $4, 1, $5, $6)', [
    owner.id,
    randomUUID(),
    'bench',
    'credits',
    JSON.stringify([{ bucket: owner.id.replaceAll('-', ''), class: 'account' }]),
    JSON.stringify([
      {
        id,
        mode: 'remix',
        variant: 'dev',
        model_key: 'flux1-dev',
        price: 1,
        steps: 28,
        prompt: 'oil on board, cold dusk light, last sun on the nose',
        negative: '',
        creativity: 50,
        chaos: 30,
        seed: '8812',
        params: { width: 1024, height: 1024 },
        inputs: [{ asset_id: owner.assetId, role: 'base', weight: 1, order: 0 }],
        mask: null,
        workflow_hash: '0'.repeat(64),
        ...wish,
      },
    ]),
  ])
  return id
}

/** Ends a claimed job with one image of 1.5 MB, as the server tells the database. */
export async function complete(pool: Pool, worker: string, job: { id: string; epoch: number }): Promise<void> {
  const id = randomUUID()
  const output = {
    id,
    kind: 'output',
    storage_key: `outputs/${job.id}/${id}.png`,
    mime: 'image/png',
    width: 1024,
    height: 1024,
    bytes: 1_500_000,
    sha256: '0'.repeat(64),
  }
  await pool.query({
    name: 'complete',
    text: `select public.complete_job($1, $2, $3, $4, 20, '{}')`,
    values: [worker, job.id, job.epoch, JSON.stringify([output])],
  })
}

/** Milliseconds of each of `count` runs, one after another. */
export async function timeEach(count: number, run: (index: number) => Promise<unknown>): Promise<number[]> {
  const samples: number[] = []
  for (let index = 0; index < count; index += 1) {
    const started = performance.now()
    await run(index)
    samples.push(performance.now() - started)
  }
  return samples
}

/** Completed runs a second of `lanes` loops side by side. */
export async function throughput(
  lanes: number,
  forMs: number,
  run: (lane: number) => Promise<unknown>,
): Promise<{ perSecond: number; runs: number }> {
  let runs = 0
  const started = performance.now()
  await Promise.all(
    Array.from({ length: lanes }, async (_, lane) => {
      while (performance.now() - started < forMs) {
        await run(lane)
        runs += 1
      }
    }),
  )
  return { perSecond: (runs / (performance.now() - started)) * 1000, runs }
}

export function printRow(row: BenchRow): void {
  process.stdout.write(`${JSON.stringify(row)}\n`)
}
