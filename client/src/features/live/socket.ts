import { REALTIME_SUBSCRIBE_STATES, RealtimeClient } from '@supabase/realtime-js'
import { balanceMessage, frameMessage, jobMessage } from '#shared/realtime/schema.ts'
import { topics } from '#shared/realtime/topics.ts'
import type { LiveSocket, SocketEvents } from './engine.ts'

type SocketOptions = {
  supabaseUrl: string
  publishableKey: string
  userId: string
  accessToken: () => Promise<string | null>
}

/** How often a socket that is still being opened is looked at before it is closed, ms. */
const closing = 250

/** Browsers complain on the console about a socket that is closed while it opens, so that one is let open first. */
function disconnect(client: RealtimeClient): void {
  if (client.isConnecting()) {
    setTimeout(() => disconnect(client), closing)
    return
  }
  void client.removeAllChannels()
  void client.disconnect()
}

/**
 * Opens the private channels of one user. Loaded only when there is a user. Payloads that do not parse are dropped:
 * a message is a hint, and the rows are read anyway.
 */
export async function openSocket(options: SocketOptions, events: SocketEvents): Promise<LiveSocket> {
  const client = new RealtimeClient(`${options.supabaseUrl.replace(/^http/, 'ws')}/realtime/v1`, {
    params: { apikey: options.publishableKey },
    accessToken: options.accessToken,
    reconnectAfterMs: (tries) => Math.min(1_000 * 2 ** (tries - 1), 15_000) * (0.75 + Math.random() / 2),
  })

  // A join carries the token known when it is made; without this one the first may leave before the callback answers.
  await client.setAuth()

  const user = client.channel(topics.user(options.userId), { config: { private: true } })
  user.on('broadcast', { event: 'job' }, ({ payload }) => {
    const parsed = jobMessage.safeParse(payload)
    if (parsed.success) events.job(parsed.data)
  })
  user.on('broadcast', { event: 'balance' }, ({ payload }) => {
    const parsed = balanceMessage.safeParse(payload)
    if (parsed.success) events.balance(parsed.data)
  })
  user.subscribe((status) => {
    if (status === REALTIME_SUBSCRIBE_STATES.SUBSCRIBED) events.subscribed()
    else events.lost()
  })

  let current: { topic: string; leave: () => void } | null = null

  function watch(attempt: { job: string; epoch: number } | null): void {
    const topic = attempt ? topics.job(attempt.job, attempt.epoch) : null
    if (topic === (current?.topic ?? null)) return
    current?.leave()
    current = null
    if (!attempt || topic === null) return
    const channel = client.channel(topic, { config: { private: true } })
    channel.on('broadcast', { event: 'frame' }, ({ payload }) => {
      const parsed = frameMessage.safeParse(payload)
      if (parsed.success) events.frame(attempt.job, attempt.epoch, parsed.data)
    })
    channel.subscribe()
    current = { topic, leave: () => void client.removeChannel(channel) }
  }

  return {
    watch,
    close() {
      disconnect(client)
    },
  }
}
