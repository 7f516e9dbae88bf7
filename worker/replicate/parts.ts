import type { Logger } from 'pino'
import type { ProviderOffer } from '#shared/workflows/provider.ts'
import type { ControlPlane } from '#worker/control/control-plane.ts'
import type { Journal } from '#worker/journal.ts'
import type { ReplicateClient } from './client.ts'
import type { FollowTimes } from './follow.ts'

export type ReplicateTimes = FollowTimes & {
  /** First pause between two looks for a create that was not answered; each next is twice as long. */
  lookMs: number
  /** Longest that limits of the provider are waited for in one attempt. */
  throttleMs: number
  /** What an attempt that nobody wants any more may take to end. */
  endMs: number
  /** How long a cost is told to a server that is away. */
  bookMs: number
}

export const replicateTimes: ReplicateTimes = {
  pollMs: 700,
  graceMs: 20_000,
  lookMs: 1_000,
  throttleMs: 60_000,
  endMs: 8_000,
  bookMs: 15 * 60_000,
}

/** Until when nothing is claimed, and why: the provider closed its door on the whole account. */
export type Door = { closedUntil: number; why: string }

/** What the attempts of one process share. */
export type ReplicateParts = {
  client: ReplicateClient
  apiUrl: string
  /** By `mode/variant`. */
  offers: ReadonlyMap<string, ProviderOffer>
  loraUrl: string | undefined
  control: Pick<ControlPlane, 'noteRemote' | 'bookCost'>
  journal: Pick<Journal, 'write'>
  times: ReplicateTimes
  door: Door
  log: Logger
}
