import { type Desire, affords, atLeast, desire, paidFor, suits } from './desire.ts'
import { type Listing, reap } from './reap.ts'
import type { Action, Box, CapacityState, PoolOffer } from './state.ts'

/** Boxes asked for in one tick. */
const askAtOnce = 3
const longestRestMs = 3_600_000

/**
 * One look at the whole: what to ask for, note, drain, remove and end. Pure; the same state gives the same actions.
 * `offers` in the order of preference; `listings` by pool.
 */
export function decide(
  seen: CapacityState,
  told: readonly PoolOffer[],
  listings: ReadonlyMap<string, Listing>,
): Action[] {
  const { state, offers } = believable(seen, told)
  const reaped = reap(state, offers, listings)
  const leaving = new Set(
    reaped.flatMap((action) => ('box' in action && action.kind !== 'note' ? [action.box.id] : [])),
  )
  const open = state.boxes.filter((box) => box.state !== 'draining' && !leaving.has(box.id))
  // What goes now serves nobody any more.
  const stays = state.boxes.filter((box) => !leaving.has(box.id))
  const wish = desire({ ...state, boxes: stays }, offers)
  const drained = drains(state, open, { wanted: wish.boxes, pools: new Set(offers.map(({ name }) => name)) })
  if (drained.length > 0) return [...reaped, ...drained]
  return [...reaped, ...asks(state, offers, { missing: wish.boxes - open.length, unserved: wish.unserved })]
}

/** Pools and boxes with the templates that they really run: what nobody can do is no reason to pay for a box. */
function believable(state: CapacityState, offers: readonly PoolOffer[]) {
  const lacks = new Map(state.pools.map(({ name, lacks: missing }) => [name, new Set(missing)]))
  const less = <T extends { templates: readonly string[] }>(one: T, pool: string) => ({
    ...one,
    templates: one.templates.filter((template) => lacks.get(pool)?.has(template) !== true),
  })
  return {
    state: { ...state, boxes: state.boxes.map((box) => less(box, box.pool)) },
    offers: offers.map((offer) => less(offer, offer.name)),
  }
}

/**
 * Who goes. Beyond the maximum, the budget or a halt: at once, those without a job first. Else only who did nothing for
 * the idle time, one in each cool-down, and never below what is wanted. Of pools that are not configured here only a
 * halt drains: nobody could remove the box, so it had better work.
 */
function drains(
  state: CapacityState,
  open: readonly Box[],
  { wanted, pools }: { wanted: number; pools: ReadonlySet<string> },
): Action[] {
  const { now, halted, settings } = state
  if (halted) return open.map((box) => ({ kind: 'drain', box, reason: 'halted' }))
  const over = open.length - Math.min(settings.capacity_max, paidFor(open, settings.capacity_hourly_usd).size)
  if (over > 0) {
    const order = open
      .filter(({ pool }) => pools.has(pool))
      .toSorted((a, b) => a.running - b.running || b.asked_at - a.asked_at)
    return order.slice(0, over).map((box) => ({ kind: 'drain', box, reason: 'surplus' }))
  }
  if (open.length <= wanted || isCooling(state.last_drained_at, settings.capacity_cool_s, now)) return []
  const idle = open
    .filter(({ pool, up_at: up, running, busy_at: busy }) => {
      return pools.has(pool) && up !== null && running === 0 && now - (busy ?? up) >= settings.capacity_idle_s * 1000
    })
    .toSorted((a, b) => (a.busy_at ?? 0) - (b.busy_at ?? 0))
  return idle.slice(0, 1).map((box) => ({ kind: 'drain', box, reason: 'idle' }))
}

/** Asks for what is missing, each of the first pool that is not cooling down, fits the work, and can be paid. */
function asks(
  state: CapacityState,
  offers: readonly PoolOffer[],
  { missing, unserved }: { missing: number; unserved: Desire['unserved'] },
): Action[] {
  const { settings, now } = state
  if (isCooling(state.last_asked_at, settings.capacity_cool_s, now)) return []
  // Work that no open box can do asks for one more. Boxes on their way out are still paid for, so they count.
  const wanted = Math.max(missing, unserved.length > 0 ? 1 : 0)
  const room = Math.min(wanted, settings.capacity_max - state.boxes.length, askAtOnce)
  const warm = offers.filter(({ name }) => !rests(state.pools.find((pool) => pool.name === name)?.cool_until ?? 0, now))
  let rate = state.boxes.reduce((sum, box) => sum + box.usd_per_hour, 0)
  const actions: Action[] = []
  for (let turn = 0; turn < room; turn += 1) {
    const work = turn === 0 && unserved.length > 0 ? unserved : state.demand
    const offer = warm.find((one) => fits(one, work, settings.min_trust) && affords(state, rate, one.usdPerHour))
    if (offer === undefined) break
    rate += offer.usdPerHour
    actions.push({ kind: 'ask', pool: offer.name })
  }
  return actions
}

/** A box that is wanted for the schedule alone need only be trusted. */
function fits(offer: PoolOffer, work: Desire['unserved'], floor: PoolOffer['trust']): boolean {
  return work.length === 0 ? atLeast(offer.trust, floor) : work.some((one) => suits(offer, one, floor))
}

/** A time that is further ahead than any pool rests was written before the clock was set back. */
function rests(until: number, now: number): boolean {
  return until > now && until - now <= longestRestMs
}

function isCooling(since: number | null, seconds: number, now: number): boolean {
  // A clock that was set back must not make it wait for all the time that it went back.
  return since !== null && Math.abs(now - since) < seconds * 1000
}
