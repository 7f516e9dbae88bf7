import type { Action, Box, CapacityState, PoolOffer, Reason, Remote } from './state.ts'

/** A list may be this far behind a create. */
const listLagMs = 120_000
/** Without a word for this long a box is taken for dead; its jobs went back to the queue long before. */
const silentMs = 90_000
/** A worker that lives but neither asks for work nor has any has lost its engine: it had longer to start it anew. */
const stuckMs = 180_000
/** Time for a job in hand when a box is to go: longer than any image takes. */
const drainMs = 900_000
/** A provider's price may be this much above what was allowed (its disk); a box beyond it was not what was asked for. */
const dearer = 1.25
/** A cold start is waited for at least this long, and at least twice as long as nearly all took. */
const minStartMs = 480_000

export type Listing =
  | { known: true; remotes: readonly Remote[] }
  /** The provider did not answer: nothing is concluded from absence. */
  | { known: false }

/**
 * What follows for the boxes we have, one action a box at most, from what their provider says of them: lost answers are
 * found, the dead are ended, the broken, the silent, the unfit and the late are removed, the old are drained.
 */
export function reap(state: CapacityState, offers: readonly PoolOffer[], listings: ReadonlyMap<string, Listing>) {
  const actions: Action[] = []
  for (const box of state.boxes) {
    const offer = offers.find(({ name }) => name === box.pool)
    // Nobody here could remove it: SQL tells a person (`watch_rent`).
    if (offer === undefined) continue
    const listing = listings.get(box.pool) ?? { known: false }
    const remote = listing.known ? remoteOf(box, listing.remotes) : undefined
    const sight = {
      state,
      listing,
      remote,
      listed: offer.listed,
      most: offer.usdPerHour * dearer,
    }
    const isNew = remote !== undefined && box.remote_id === null && remote.status !== 'ended'
    const action = isNew ? null : (absence(box, sight) ?? judge(box, sight))
    if (action !== null) actions.push(action)
    else if (remote !== undefined && hasNews(box, remote)) actions.push({ kind: 'note', box, remote })
  }
  return [...actions, ...orphans(state, listings)]
}

function remoteOf(box: Box, remotes: readonly Remote[]): Remote | undefined {
  return remotes.find(({ id, name }) => (box.remote_id === null ? name === box.name : id === box.remote_id))
}

function hasNews(box: Box, remote: Remote): boolean {
  return (
    box.remote_id === null ||
    (!box.charged && remote.status !== 'waiting') ||
    (remote.usdPerHour !== null && remote.usdPerHour > 0 && Math.abs(remote.usdPerHour - box.usd_per_hour) > 1e-6)
  )
}

type Sight = { state: CapacityState; listing: Listing; remote: Remote | undefined; listed: boolean; most: number }

/** What it means that the provider does not show it, or shows that it is over. */
function absence(box: Box, { state, listing, remote, listed }: Sight): Action | null {
  if (!listing.known) return null
  if (remote?.status === 'ended') return { kind: 'end', box, reason: box.state === 'draining' ? 'idle' : 'vanished' }
  if (remote !== undefined) return null
  const age = state.now - box.asked_at
  if (box.remote_id !== null) return age > listLagMs ? { kind: 'end', box, reason: 'vanished' } : null
  // Its worker spoke to us, so it exists whatever the provider says: it is judged by its worker.
  if (box.up_at !== null) return null
  const patience = listed ? listLagMs : Math.max(listLagMs, 1.5 * slowest(box, state))
  return age > patience ? { kind: 'end', box, reason: 'lost' } : null
}

/** What follows from how the box itself is. */
function judge(box: Box, { state, remote, listed, most }: Sight): Action | null {
  const { now } = state
  const remove = (reason: Reason): Action => ({ kind: box.remote_id === null ? 'end' : 'remove', box, reason })
  if (remote?.status === 'broken') return remove('broken')
  const isDear = Math.max(remote?.usdPerHour ?? 0, box.usd_per_hour) > most
  if (box.up_at === null) {
    if (isDear && box.state !== 'draining') return remove('too_dear')
    // A create whose answer was lost may still show in the list: it is waited for, or it would be nobody's.
    if (box.state === 'draining') return box.remote_id === null && listed ? null : remove('surplus')
    return now - Math.max(box.asked_at, state.watching_since) > startMs(box, state) ? remove('never_up') : null
  }
  if (now - Math.max(box.seen_at ?? box.up_at, state.watching_since) > silentMs || isStuck(box, state))
    return remove('silent')
  if (box.state === 'draining') {
    const drained = box.running === 0 && now !== box.draining_at
    return drained || Math.abs(now - (box.draining_at ?? now)) > drainMs ? remove('idle') : null
  }
  if (isDear) return { kind: 'drain', box, reason: 'too_dear' }
  if (box.unfit) return { kind: 'drain', box, reason: 'unfit' }
  if (now - box.asked_at > state.settings.capacity_max_age_s * 1000) return { kind: 'drain', box, reason: 'max_age' }
  return null
}

function isStuck(box: Box, { now, watching_since: since }: CapacityState): boolean {
  if (box.state !== 'up' || box.running > 0 || box.active_at === null) return false
  return now - Math.max(box.active_at, box.busy_at ?? 0, since) > stuckMs
}

/** How long a start may take before it is given up. */
function startMs(box: Box, state: CapacityState): number {
  return Math.max(minStartMs, 2 * slowest(box, state))
}

/** What nearly every start of this pool took, milliseconds. */
function slowest(box: Box, state: CapacityState): number {
  return state.pools.find(({ name }) => name === box.pool)?.p99_ms ?? 0
}

/** What providers list under our name and no open row knows: rows come first, so nobody waits for it. */
function orphans(state: CapacityState, listings: ReadonlyMap<string, Listing>): Action[] {
  const names = new Set(state.boxes.map(({ name }) => name))
  const ids = new Set(state.boxes.map(({ remote_id: id }) => id))
  const found: Action[] = []
  for (const [pool, listing] of listings) {
    if (!listing.known) continue
    for (const { id, name, status } of listing.remotes) {
      const duplicate = name !== null && names.has(name) && !ids.has(id) && hasOther(state, name, id)
      if (status !== 'ended' && (duplicate || (!ids.has(id) && name !== null && !names.has(name))))
        found.push({ kind: 'sweep', pool, remoteId: id })
    }
  }
  return found
}

/** A second box under one name: the first one is known by its id, so this one was made by a repeated call. */
function hasOther(state: CapacityState, name: string, id: string): boolean {
  return state.boxes.some((box) => box.name === name && box.remote_id !== null && box.remote_id !== id)
}
