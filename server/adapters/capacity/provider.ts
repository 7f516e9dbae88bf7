import type { PoolOffer, Remote } from '#server/services/capacity/state.ts'

/** One box to ask for. `env` holds no secret but the key that is this box's own. */
export type Wish = { name: string; env: Readonly<Record<string, string>>; maxAgeS: number }

/** `no_room`, `busy`, `refused`: certainly no box. `unknown`: perhaps one; it is looked for before another is asked. */
export type Asked =
  | { kind: 'asked'; remote: Remote }
  | { kind: 'no_room'; problem: string }
  | { kind: 'busy'; problem: string; retryAfterS: number }
  /** A person must look: the key, the image, the balance. */
  | { kind: 'refused'; problem: string }
  | { kind: 'unknown'; problem: string }

/** Where boxes are rented. Every call may be repeated; what it says of a box is as the provider's API documents it. */
export type CapacityProvider = {
  provider: string
  offer: PoolOffer
  ask: (wish: Wish, signal: AbortSignal) => Promise<Asked>
  /** Boxes of ours and those of `known` ids; one that is missing exists no more. Rejects when that is not certain. */
  list: (known: readonly string[], signal: AbortSignal) => Promise<Remote[]>
  /** Resolves once the box is sure to go; again is no error. */
  remove: (id: string, signal: AbortSignal) => Promise<void>
  /** null, or one sentence about what an operator has to mend. */
  check: (signal: AbortSignal) => Promise<string | null>
}
