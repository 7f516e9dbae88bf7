import type { TestDatabase } from './database.ts'
import { age, call, capabilitiesOf, makeArtist, makeWorker, press, type Row, rows, setSettings } from './fixtures.ts'

/** Of one image at the provider, millionths of a dollar. */
export const price = 25_000
/** A provider is allowed, and no reason is met. */
export const calm = {
  provider_fallback: true,
  fallback_always: false,
  fallback_silence_s: 60,
  fallback_wait_s: 300,
  fallback_failures: 3,
  fallback_window_s: 600,
  fallback_pause_s: 300,
  min_trust: 'community',
  daily_cap_usd: null,
  saving_hold: null,
}

export type ProviderWish = { sells?: boolean; trust?: string; parallel?: number }
export type PressWish = { credits?: number; minTrust?: string; count?: number }

/** A provider's worker with a session, offering `remix/<variant>`; answers its id. */
export async function makeProvider(db: TestDatabase, variant: string, wish: ProviderWish = {}): Promise<string> {
  const { sells = true, trust = 'provider', parallel = 1 } = wish
  const worker = await makeWorker(db, { templates: [`remix/${variant}`], trust })
  const capabilities = {
    ...capabilitiesOf([`remix/${variant}`]),
    provider: { name: 'replicate', offers: { [`remix/${variant}`]: { usdMicros: price, sells } }, parallel },
  }
  await call(db, 'worker_session', [worker.keyHash, worker.id, capabilities])
  return worker.id
}

/** A press whose jobs have waited for so long. */
export async function pressed(db: TestDatabase, variant: string, wish: PressWish & { waitedS: number }) {
  const { credits = 10, minTrust, count, waitedS } = wish
  const artist = await makeArtist(db, { credits, free: credits === 0 })
  const { jobs } = await press(db, {
    artist,
    variant,
    ...(credits === 0 ? { purse: 'free' as const, expected: 1 } : {}),
    ...(minTrust === undefined ? {} : { minTrust }),
    ...(count === undefined ? {} : { count }),
  })
  for (const job of jobs) await age(db, job, ['created_at'], `${waitedS} s`)
  return { artist, jobs, job: jobs[0] ?? '' }
}

/** Ends what is open, forgets what providers did and cost, and sets the policy back to `changes` on a calm one. */
export async function calmDown(db: TestDatabase, changes: Row = {}): Promise<void> {
  for (const { owner, id } of await rows(db, `select owner, id from jobs where status in ('queued', 'running')`)) {
    await call(db, 'cancel_job', [owner, id])
  }
  await db.pool.query(`delete from job_attempts where backend <> 'comfy' and ended_at is not null`)
  await db.pool.query('delete from spend_days')
  await db.pool.query(`update private.fallback_look set looked_at = '-infinity'`)
  await setSettings(db, { ...calm, ...changes })
}
