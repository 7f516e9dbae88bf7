import { addressKey, topicPrefix } from './address.ts'
import type { Address } from './address.ts'
import { encodeBroadcast, encodeMessage } from './codec.ts'
import type { UserBroadcast, Vsn } from './codec.ts'
import type { PresenceDiff } from './presence.ts'

/** One joined channel of one connection, as the hub sees it. */
export type Receiver = {
  vsn: Vsn
  /** False while the caller may not read broadcasts here (presence only). */
  readsBroadcasts: () => boolean
  readsPresence: () => boolean
  /** Sends one encoded message. `lossy`: may be skipped when the socket is slow. */
  deliver: (frame: Buffer | string, lossy: boolean) => void
}

export type Delivery = Address & {
  broadcast: UserBroadcast
  /** Facts beside the payload, e.g. the id of the stored row. */
  meta: Readonly<Record<string, unknown>> | null
  lossy: boolean
  /** Not delivered to this one: the sender, unless it asked to hear itself. */
  except: Receiver | null
}

/** Who is on which channel. */
export type Hub = {
  add: (address: Address, receiver: Receiver) => void
  remove: (address: Address, receiver: Receiver) => void
  /** Encodes once per protocol version and delivers to everyone on the channel who reads broadcasts. */
  broadcast: (delivery: Delivery) => void
  /** The same for a change of presence. */
  presenceDiff: (address: Address, diff: PresenceDiff) => void
  /** Number of joined channels over all connections. */
  size: () => number
}

export function createHub(): Hub {
  const channels = new Map<string, Set<Receiver>>()

  function receivers(address: Address): Iterable<Receiver> {
    return channels.get(addressKey(address)) ?? []
  }

  return {
    add(address, receiver) {
      const key = addressKey(address)
      const known = channels.get(key) ?? new Set()
      channels.set(key, known.add(receiver))
    },
    remove(address, receiver) {
      const key = addressKey(address)
      const known = channels.get(key)
      known?.delete(receiver)
      if (known?.size === 0) channels.delete(key)
    },
    broadcast(delivery) {
      const { except, broadcast, meta, lossy } = delivery
      const topic = topicPrefix + delivery.name
      const frameOf = oncePerVsn((vsn) => encodeBroadcast(vsn, topic, broadcast, meta))
      for (const receiver of receivers(delivery)) {
        if (receiver === except || !receiver.readsBroadcasts()) continue
        const frame = frameOf(receiver.vsn)
        if (frame !== null) receiver.deliver(frame, lossy)
      }
    },
    presenceDiff(address, diff) {
      const message = { joinRef: null, ref: null, topic: topicPrefix + address.name, event: 'presence_diff' }
      const frameOf = oncePerVsn((vsn) => encodeMessage(vsn, { ...message, payload: diff }))
      for (const receiver of receivers(address)) {
        if (receiver.readsPresence()) receiver.deliver(frameOf(receiver.vsn), false)
      }
    },
    size() {
      return [...channels.values()].reduce((all, known) => all + known.size, 0)
    },
  }
}

function oncePerVsn<T>(make: (vsn: Vsn) => T): (vsn: Vsn) => T {
  const made = new Map<Vsn, T>()
  return (vsn) => {
    const known = made.get(vsn)
    if (known !== undefined) return known
    const frame = make(vsn)
    made.set(vsn, frame)
    return frame
  }
}
