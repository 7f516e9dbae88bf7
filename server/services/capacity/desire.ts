import { prewarmed } from './prewarm.ts'
import { type Box, type CapacityState, type PoolOffer, type Trust, trusts } from './state.ts'

/** Money for a new box must last at least this long: less would be spent on its start. */
const worthHours = 0.25

export type Desire = {
  /** Boxes wanted at this moment, within every limit but the pools' own. */
  boxes: number
  /** Work that only a new box could do, by template and trust; empty when all of it has somebody. */
  unserved: { template: string; trust: Trust }[]
}

/**
 * How many boxes the queue is worth: seconds of work that will be left when a new box is there over the wait that is
 * aimed at, less what other workers take of it, and at least one for work that nobody can do. Then the schedule's minimum, the maximum, and nothing while halted.
 */
export function desire(state: CapacityState, offers: readonly PoolOffer[]): Desire {
  const { settings } = state
  if (state.halted) return { boxes: 0, unserved: [] }
  const work = state.demand.filter((one) => offers.some((offer) => suits(offer, one, settings.min_trust)))
  const open = state.boxes.filter((box) => box.state !== 'draining')
  const unserved = work.filter((one) => !state.others.some((other) => runs(other, one)))
  const helpers = state.others.filter((other) => work.some((one) => runs(other, one))).length
  const seconds = work.reduce((sum, one) => sum + one.work_ms, 0) / 1000
  // A new box helps only with what those at work leave until it is there.
  const left = seconds - (open.filter((box) => box.up_at !== null).length + helpers) * startSeconds(state)
  const boxesFor = (work_s: number) => Math.ceil(Math.max(0, work_s) / settings.capacity_target_wait_s) - helpers
  const byQueue = Math.max(boxesFor(left), Math.min(open.length, boxesFor(seconds)), unserved.length > 0 ? 1 : 0)
  const floor = Math.max(settings.capacity_min, prewarmed(settings.capacity_prewarm, state.now))
  return {
    boxes: Math.min(settings.capacity_max, Math.max(byQueue, floor)),
    unserved: unserved.filter((one) => !open.some((box) => runs(box, one))),
  }
}

/** From asking to the first claim where it is quickest. */
function startSeconds({ pools }: CapacityState): number {
  return pools.length === 0 ? 0 : Math.min(...pools.map(({ p50_ms: ms }) => ms)) / 1000
}

/** How many of `open` the hour's budget pays, the oldest first; all of them without a budget. */
export function paidFor(open: readonly Box[], hourlyUsd: number | null): Set<string> {
  let sum = 0
  const paid = new Set<string>()
  for (const box of open.toSorted((a, b) => a.asked_at - b.asked_at)) {
    sum += box.usd_per_hour
    if (hourlyUsd === null || sum <= hourlyUsd + 1e-9) paid.add(box.id)
  }
  return paid
}

/** Whether one more box of that price fits the hour's budget and what is left of the day's money. */
export function affords(state: CapacityState, openUsdPerHour: number, usdPerHour: number): boolean {
  const { capacity_hourly_usd: budget } = state.settings
  const rate = openUsdPerHour + usdPerHour
  if (budget !== null && rate > budget + 1e-9) return false
  return state.left_usd === null || rate * worthHours <= state.left_usd
}

type Runner = { templates: readonly string[]; trust: Trust }
type Work = { template: string; trust: Trust }

export function runs({ templates, trust }: Runner, work: Work): boolean {
  return templates.includes(work.template) && atLeast(trust, work.trust)
}

export function suits(offer: Runner, work: Work, floor: Trust): boolean {
  return runs(offer, work) && atLeast(offer.trust, floor)
}

export function atLeast(trust: Trust, floor: Trust): boolean {
  return trusts.indexOf(trust) >= trusts.indexOf(floor)
}
