import type { Supabase } from '#server/adapters/supabase.ts'
import { z } from 'zod'
import { ForgeError } from '#shared/errors.ts'
import { memoFor } from '#server/concurrency/memo.ts'
import { columnsOf, rows } from './calls.ts'
import type { Database } from './port.ts'
import { assetRow, balanceRow, jobRow, settingsRow, specRow, uploadRow, workerRow } from './rows.ts'

type Reads = Pick<
  Database,
  | 'settings'
  | 'jobs'
  | 'specs'
  | 'assets'
  | 'outputs'
  | 'upload'
  | 'balance'
  | 'workersOnline'
  | 'accountSince'
  | 'ping'
>

/** As `workers.active_at` is judged in SQL, milliseconds. */
const liveMs = 45_000
/** Who is online is asked for by every press. */
const onlineMs = 1_000
/** Birthdays never change; this many are remembered. */
const birthsKept = 10_000
/** Pause and caps are judged in SQL; only variants and licences are read from this copy. */
const settingsMs = 1_000

const shownKinds = ['output', 'preview', 'timeline', 'thumb'] as const

/** Reads of whole rows by id or owner. Nobody's row is an empty answer, never an error. */
export function createReads(client: Supabase, now: () => number): Reads {
  const births = new Map<string, number>()
  const settings = memoFor(settingsMs, now, async () => {
    const query = client.from('settings').select(columnsOf(settingsRow)).limit(1)
    const [row] = await rows('settings', query, settingsRow)
    if (row === undefined) throw new Error('database: settings has no row')
    return row
  })
  const workersOnline = memoFor(onlineMs, now, () => {
    const since = new Date(now() - liveMs).toISOString()
    const seen = client.from('workers').select(columnsOf(workerRow)).gt('active_at', since)
    return rows(
      'workers',
      seen.eq('draining', false).is('revoked_at', null).is('quarantined_at', null).limit(100),
      workerRow,
    )
  })
  return {
    settings,
    jobs(owner, filter) {
      const base = client.from('jobs').select(columnsOf(jobRow)).eq('owner', owner)
      if ('ids' in filter) return rows('jobs', base.in('id', [...filter.ids]), jobRow)
      if ('requestId' in filter) return rows('jobs', base.eq('request_id', filter.requestId), jobRow)
      const older = filter.before === null ? base : base.lt('created_at', filter.before)
      return rows('jobs', older.order('created_at', { ascending: false }).limit(filter.limit), jobRow)
    },
    specs: (jobs) =>
      rows(
        'job_specs',
        client
          .from('job_specs')
          .select(columnsOf(specRow))
          .in('job_id', [...jobs]),
        specRow,
      ),
    assets: async (owner, ids) => {
      if (ids.length === 0) return []
      const query = client.from('assets').select(columnsOf(assetRow)).eq('owner', owner)
      return rows('assets', query.in('id', [...ids]), assetRow)
    },
    outputs: async (jobs) => {
      if (jobs.length === 0) return []
      const query = client
        .from('assets')
        .select(columnsOf(assetRow))
        .in('job_id', [...jobs])
      return rows('outputs', query.in('kind', shownKinds).is('deleted_at', null), assetRow)
    },
    async upload(id, owner) {
      const query = client.from('uploads').select(columnsOf(uploadRow)).eq('id', id).eq('owner', owner)
      return (await rows('uploads', query, uploadRow))[0] ?? null
    },
    async balance(owner) {
      const query = client.from('accounts').select(columnsOf(balanceRow)).eq('owner', owner)
      return (await rows('accounts', query, balanceRow))[0] ?? { balance: 0, held: 0 }
    },
    workersOnline,
    async accountSince(owner) {
      const held = births.get(owner)
      if (held !== undefined) return held
      const { data, error } = await client.auth.admin.getUserById(owner)
      // Deleted, while its last token still has some minutes to live.
      if (error?.status === 404) throw new ForgeError('UNAUTHENTICATED')
      if (error !== null) throw new ForgeError('UNAVAILABLE', {}, { cause: new Error(`auth: ${error.message}`) })
      const born = Date.parse(data.user.created_at)
      if (births.size >= birthsKept) births.clear()
      births.set(owner, born)
      return born
    },
    async ping() {
      await rows('settings', client.from('settings').select('id').limit(1), z.unknown())
    },
  }
}
