import type { CapacityStore, NewBox } from '#server/adapters/database/capacity.ts'
import type { Box, CapacityState } from '#server/services/capacity/state.ts'

type Row = Omit<Box, 'state'> & {
  state: Box['state'] | 'gone'
  key_hash: string
  reason: string | null
  bookedUntil: number | null
  usd: number
}

const leaseMs = 60_000
const refusals: ReadonlySet<string> = new Set(['no_room', 'busy', 'refused'])

/** Settings as they are in a new database, with the times that a test is about. */
export const openCapacity: CapacityState['settings'] = {
  min_trust: 'community',
  capacity_min: 0,
  capacity_max: 4,
  capacity_hourly_usd: null,
  capacity_target_wait_s: 60,
  capacity_idle_s: 240,
  capacity_cool_s: 60,
  capacity_max_age_s: 86_400,
  capacity_prewarm: [],
}

/**
 * The boxes' table in memory on a clock of the test's, by the rules of the SQL functions of the same names
 * (`supabase/tests/boxes.db.test.ts` holds those to them).
 */
export function memoryBoxes(clock: () => number) {
  const rows: Row[] = []
  const cool = new Map<string, number>()
  const world = {
    settings: openCapacity,
    demand: [] as CapacityState['demand'],
    others: [] as CapacityState['others'],
    halted: false,
    lacks: [] as string[],
    /** How far the database's clock is ahead of the boxes', milliseconds. */
    skewMs: 0,
    /** The day's cap; what is left of it follows from the rent. */
    capUsd: null as number | null,
  }
  const now = () => clock() + world.skewMs
  const watch = { since: 0, until: 0 }
  const removals = new Map<string, string>()
  const removalPools = new Map<string, string>()
  const book = (row: Row) => {
    if (row.bookedUntil === null || row.state === 'gone') return
    row.usd += (Math.max(0, now() - row.bookedUntil) / 3_600_000) * row.usd_per_hour
    row.bookedUntil = now()
  }
  const spent = () => rows.reduce((sum, { usd }) => sum + usd, 0)
  const find = (id: string) => {
    const row = rows.find((one) => one.id === id)
    if (row === undefined) throw new Error(`no box ${id}`)
    return row
  }
  const store: CapacityStore = {
    take(_holder, pools) {
      if (watch.until < now() - leaseMs) watch.since = now()
      watch.until = now() + leaseMs
      rows.forEach(book)
      return Promise.resolve({
        now: now(),
        settings: world.settings,
        halted: world.halted || (world.capUsd !== null && spent() >= world.capUsd),
        left_usd: world.capUsd === null ? null : world.capUsd - spent(),
        demand: world.demand,
        others: world.others,
        pools: pools.map(({ name }) => ({
          name,
          cool_until: cool.get(name) ?? 0,
          p50_ms: 60_000,
          p99_ms: 90_000,
          lacks: world.lacks,
        })),
        boxes: rows.flatMap((row) => (row.state === 'gone' ? [] : [{ ...row, state: row.state }])),
        removals: [...removals.keys()].flatMap((subject) => {
          const pool = removalPools.get(subject)
          const isKnown = rows.some(({ name, state }) => name === subject && state !== 'gone')
          return pool === undefined || isKnown ? [] : [{ pool, subject }]
        }),
        watching_since: watch.since,
        last_asked_at: latest(rows.flatMap(({ asked_at: at, reason }) => (refusals.has(reason ?? '') ? [] : at))),
        last_drained_at: latest(rows.flatMap(({ draining_at: at }) => at ?? [])),
      })
    },
    ask(_holder, box) {
      rows.push(newRow(box, now()))
      return Promise.resolve(true)
    },
    answer(id, { remoteId, usdPerHour, charged }) {
      const row = find(id)
      if (row.state === 'gone') return Promise.resolve('gone')
      book(row)
      const wasAsked = row.state === 'asked'
      if (row.state === 'asked') row.state = 'starting'
      row.remote_id = remoteId
      row.usd_per_hour = usdPerHour ?? row.usd_per_hour
      if (charged && row.bookedUntil === null) row.bookedUntil = wasAsked ? row.asked_at : now()
      row.charged = row.bookedUntil !== null
      return Promise.resolve(row.state)
    },
    drain(_holder, id, reason) {
      Object.assign(find(id), { state: 'draining', draining_at: now(), reason })
      return Promise.resolve(true)
    },
    end(id, reason) {
      const row = find(id)
      book(row)
      row.state = 'gone'
      row.reason ??= reason
      return Promise.resolve()
    },
    cool(pool, { seconds }) {
      cool.set(pool, now() + seconds * 1000)
      return Promise.resolve()
    },
    mend(pool) {
      cool.delete(pool)
      return Promise.resolve()
    },
    removal(subject, { pool, problem }) {
      removalPools.set(subject, pool)
      if (problem === null) removals.delete(subject)
      else removals.set(subject, problem)
      return Promise.resolve()
    },
    save: () => Promise.resolve(null),
  }
  return { store, rows, world, spent, removals }
}

function newRow(box: NewBox, asked: number): Row {
  return {
    id: box.id,
    pool: box.pool,
    name: box.name,
    remote_id: null,
    state: 'asked',
    usd_per_hour: box.usd_per_hour,
    templates: box.templates,
    trust: box.trust === 'community' ? 'community' : 'datacenter',
    charged: false,
    asked_at: asked,
    up_at: null,
    draining_at: null,
    seen_at: null,
    active_at: null,
    running: 0,
    unfit: false,
    busy_at: null,
    key_hash: box.key_hash,
    reason: null,
    bookedUntil: null,
    usd: 0,
  }
}

function latest(times: readonly number[]): number | null {
  return times.length === 0 ? null : Math.max(...times)
}
