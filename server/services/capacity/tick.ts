import { createHash, randomBytes, randomUUID } from 'node:crypto'
import type { Logger } from 'pino'
import type { CapacityProvider, Wish } from '#server/adapters/capacity/provider.ts'
import type { CapacityStore } from '#server/adapters/database/capacity.ts'
import type { Nudge } from '#server/concurrency/nudge.ts'
import { decide } from './decide.ts'
import type { Listing } from './reap.ts'
import type { Action, Box, CapacityState, Reason } from './state.ts'

/** Where boxes are rented, in the order of preference; nothing is ever asked for without one. */
export type Capacity = {
  providers: readonly CapacityProvider[]
  /** What boxes are called by: `forge-<deployment>-`. */
  namePrefix: string
  /** Where a box finds this server. */
  serverUrl: string
  /** This process, in the lease. */
  holder: string
  /** Rung by a press that finds nobody, so that it does not wait for the next tick. */
  nudge: Nudge
}

export type CapacityDeps = { capacity: Capacity | null; boxes: CapacityStore; log: Logger }

/** How long a pool is left alone, seconds, and whether a person is told. */
const cooling = {
  no_room: { seconds: 120, alert: false },
  refused: { seconds: 600, alert: true },
  unknown: { seconds: 60, alert: false },
  never_up: { seconds: 300, alert: true },
} as const
/** Ends of a box that its successor would share: nothing more is asked of the pool for a while. */
const telling: ReadonlySet<Reason> = new Set(['never_up', 'broken', 'too_dear'])
/** A box that is unfit this soon came so: the next one will be, too. */
const bornUnfitMs = 900_000
/** Well within the lease: what is listed later than this may be another server's that this one knows nothing of. */
const freshMs = 45_000
/** Refusals in a row of one box's removal, by its id there; a person is told after so many. */
const refusals = new WeakMap<Capacity, Map<string, number>>()
const tellAfter = 5
/** Ticks of this process that are under way: its loop and `GET /tick` hold the same lease. */
const underWay = new WeakSet<Capacity>()

type Step = { deps: CapacityDeps & { capacity: Capacity }; state: CapacityState; signal: AbortSignal }

/**
 * Looks at queue, boxes and providers once and does what follows. Repeatable at any point: intents are rows before a
 * provider is called, and a provider that does not answer changes nothing. Only the holder of the lease acts.
 */
export async function tickCapacity(deps: CapacityDeps, signal: AbortSignal = new AbortController().signal) {
  const { capacity } = deps
  if (capacity === null || underWay.has(capacity)) return
  underWay.add(capacity)
  try {
    await look({ ...deps, capacity }, signal)
  } finally {
    underWay.delete(capacity)
  }
}

async function look(deps: Step['deps'], signal: AbortSignal): Promise<void> {
  const { capacity, boxes } = deps
  const since = performance.now()
  const offers = capacity.providers.map(({ offer, provider }) => ({ ...offer, provider }))
  const state = await boxes.take(capacity.holder, offers)
  if (state === null) return
  const listings = new Map<string, Listing>()
  const step = { deps, state, signal }
  await Promise.all(capacity.providers.map(async (one) => listings.set(one.offer.name, await list(one, step))))
  if (performance.now() - since > freshMs) return deps.log.warn('capacity: looked for too long, looks again')
  await closeAlerts({ deps, state, signal }, listings)
  for (const action of decide(state, offers, listings)) {
    try {
      await apply(action, step)
    } catch (error) {
      // The rows still say what is wanted: the next tick tries again.
      deps.log.warn({ err: error, ...factsOf(action) }, 'capacity: not done')
    }
  }
}

async function list(provider: CapacityProvider, { deps, state, signal }: Step): Promise<Listing> {
  const own = state.boxes.filter(({ pool }) => pool === provider.offer.name)
  try {
    const known = own.flatMap(({ remote_id: id }) => id ?? [])
    return { known: true, remotes: await provider.list(known, signal) }
  } catch (error) {
    deps.log.warn({ err: error, pool: provider.offer.name }, 'capacity: the provider does not answer')
    return { known: false }
  }
}

async function apply(action: Action, step: Step): Promise<void> {
  const { deps, signal } = step
  const { boxes, capacity, log } = deps
  if (action.kind === 'ask') return ask(action.pool, step)
  log.info(factsOf(action), `capacity: ${action.kind}`)
  if (action.kind === 'sweep')
    return remove({ pool: action.pool, remoteId: action.remoteId, subject: action.remoteId }, step)
  const { box } = action
  if (action.kind === 'note') {
    const { id, status, usdPerHour } = action.remote
    const charged = status !== 'waiting'
    const rate = usdPerHour !== null && usdPerHour > 0 ? usdPerHour : null
    const now = await boxes.answer(box.id, { remoteId: id, usdPerHour: rate, charged })
    if (now === 'gone') await providerOf(capacity, box.pool).remove(id, signal)
    return
  }
  if (action.kind === 'drain') {
    await boxes.drain(capacity.holder, box.id, action.reason)
    return coolAfter(action.reason, box, step)
  }
  if (action.kind === 'remove' && box.remote_id !== null)
    await remove({ pool: box.pool, remoteId: box.remote_id, subject: box.name }, step)
  await boxes.end(box.id, action.reason)
  await coolAfter(action.reason, box, step)
}

/** Removes a box at its provider. What is refused is thrown, tried again by the next tick, and told to a person. */
async function remove(
  { pool, remoteId, subject }: { pool: string; remoteId: string; subject: string },
  { deps: { capacity, boxes }, signal }: Step,
): Promise<void> {
  const counts = refusals.get(capacity) ?? new Map<string, number>()
  refusals.set(capacity, counts)
  const before = counts.get(remoteId) ?? 0
  try {
    await providerOf(capacity, pool).remove(remoteId, signal)
  } catch (error) {
    if (signal.aborted) throw error
    counts.set(remoteId, before + 1)
    if (before + 1 === tellAfter)
      await boxes.removal(subject, { pool, problem: error instanceof Error ? error.message : String(error) })
    throw error
  }
  counts.delete(remoteId)
  if (before >= tellAfter) await boxes.removal(subject, { pool, problem: null })
}

/** A box that no row knows may go without us: its provider's list, if it came, says so. */
async function closeAlerts({ deps: { capacity, boxes }, state }: Step, listings: ReadonlyMap<string, Listing>) {
  for (const { pool, subject } of state.removals) {
    const listing = listings.get(pool)
    if (listing?.known !== true || !providerOf(capacity, pool).offer.listed) continue
    if (listing.remotes.some(({ id, status }) => id === subject && status !== 'ended')) continue
    refusals.get(capacity)?.delete(subject)
    await boxes.removal(subject, { pool, problem: null })
  }
}

async function coolAfter(reason: Reason, box: Box, { deps, state }: Step): Promise<void> {
  const isBornUnfit = reason === 'unfit' && state.now - (box.up_at ?? state.now) < bornUnfitMs
  if (!telling.has(reason) && !isBornUnfit) return
  await deps.boxes.cool(box.pool, { ...cooling.never_up, problem: `${box.name}: ${reason}` })
}

/** Intent, call, answer. Of a call without an answer the row stays `asked`, and is found or given up by later ticks. */
async function ask(pool: string, { deps, state, signal }: Step): Promise<void> {
  const { boxes, capacity, log } = deps
  const { offer, provider, ask: askProvider } = providerOf(capacity, pool)
  const id = randomUUID()
  const name = `${capacity.namePrefix}${id.replaceAll('-', '').slice(0, 12)}`
  const key = `fwk_${randomBytes(24).toString('base64url')}`
  const isMine = await boxes.ask(capacity.holder, {
    id,
    pool,
    provider,
    name,
    key_hash: createHash('sha256').update(key).digest('hex'),
    templates: [...offer.templates],
    trust: offer.trust,
    usd_per_hour: offer.usdPerHour,
  })
  if (!isMine) return
  const env: Wish['env'] = { FORGE_SERVER_URL: capacity.serverUrl, FORGE_WORKER_KEY: key }
  const asked = await askProvider({ name, env, maxAgeS: state.settings.capacity_max_age_s + 3_600 }, signal)
  log.info(
    { pool, box: name, answer: asked.kind, ...('problem' in asked ? { problem: asked.problem } : {}) },
    'capacity: asked',
  )
  if (asked.kind === 'asked') {
    const { id: remoteId, status, usdPerHour } = asked.remote
    const rate = usdPerHour !== null && usdPerHour > 0 ? usdPerHour : null
    await boxes.answer(id, { remoteId, usdPerHour: rate, charged: status !== 'waiting' })
    return boxes.mend(pool)
  }
  if (asked.kind === 'busy') {
    await boxes.cool(pool, { seconds: asked.retryAfterS, problem: asked.problem, alert: false })
  } else {
    await boxes.cool(pool, { ...cooling[asked.kind], problem: asked.problem })
  }
  if (asked.kind === 'unknown') return
  await boxes.end(id, asked.kind)
  // Another pool may have one: it is asked at once.
  capacity.nudge.ring()
}

function providerOf({ providers }: Capacity, pool: string): CapacityProvider {
  const found = providers.find(({ offer }) => offer.name === pool)
  if (found === undefined) throw new Error(`capacity: no provider is configured for the pool ${pool}`)
  return found
}

function factsOf(action: Action): Record<string, unknown> {
  if (action.kind === 'ask') return { pool: action.pool }
  if (action.kind === 'sweep') return { pool: action.pool, remote: action.remoteId, reason: 'orphan' }
  const reason = action.kind === 'note' ? {} : { reason: action.reason }
  return { pool: action.box.pool, box: action.box.name, remote: action.box.remote_id, ...reason }
}
