import { randomUUID } from 'node:crypto'
import { addressKey } from './address.ts'
import type { Address } from './address.ts'

type Meta = Readonly<Record<string, unknown>> & { phx_ref: string }
/** Who is present, by presence key; one entry of `metas` for each channel that tracks the key. */
export type PresenceState = Record<string, { metas: Meta[] }>
export type PresenceDiff = { joins: PresenceState; leaves: PresenceState }

/** What each channel tracks. `holder` is the channel; its entry goes with it. */
export type Presence = {
  state: (address: Address) => PresenceState
  /** Starts or replaces the holder's entry. */
  track: (address: Address, key: string, entry: { holder: object; payload: Record<string, unknown> }) => PresenceDiff
  /** Ends the holder's entry; `null` when it had none. */
  untrack: (address: Address, key: string, holder: object) => PresenceDiff | null
}

export function createPresence(): Presence {
  const channels = new Map<string, Map<string, Map<object, Meta>>>()

  return {
    state(address) {
      const keys = channels.get(addressKey(address)) ?? new Map<string, Map<object, Meta>>()
      return Object.fromEntries([...keys].map(([key, metas]) => [key, { metas: [...metas.values()] }]))
    },
    track(address, key, { holder, payload }) {
      const at = addressKey(address)
      const keys = channels.get(at) ?? new Map<string, Map<object, Meta>>()
      const metas = keys.get(key) ?? new Map<object, Meta>()
      const before = metas.get(holder)
      const meta: Meta = {
        ...payload,
        phx_ref: randomUUID(),
        ...(before === undefined ? {} : { phx_ref_prev: before.phx_ref }),
      }
      channels.set(at, keys.set(key, metas.set(holder, meta)))
      return { joins: { [key]: { metas: [meta] } }, leaves: before === undefined ? {} : { [key]: { metas: [before] } } }
    },
    untrack(address, key, holder) {
      const at = addressKey(address)
      const keys = channels.get(at)
      const metas = keys?.get(key)
      const before = metas?.get(holder)
      if (keys === undefined || metas === undefined || before === undefined) return null
      metas.delete(holder)
      if (metas.size === 0) keys.delete(key)
      if (keys.size === 0) channels.delete(at)
      return { joins: {}, leaves: { [key]: { metas: [before] } } }
    },
  }
}
