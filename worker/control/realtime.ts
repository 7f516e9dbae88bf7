import { RealtimeClient, REALTIME_SUBSCRIBE_STATES, type RealtimeChannel } from '@supabase/realtime-js'
import type { Logger } from 'pino'
import { cancelMessage, type FrameMessage } from '#shared/realtime/schema.ts'
import { topics } from '#shared/realtime/topics.ts'
import { backoffMs } from '#worker/core/backoff.ts'
import type { AttemptRef } from './report-progress.ts'
import type { Session, SessionInfo } from './session.ts'

/** A job's own channel, which only the holder of that epoch may send on. Sending never waits and never fails. */
export type FrameChannel = { send: (frame: FrameMessage) => void; close: () => void }

/** Realtime as the worker uses it: hints in, previews out. Nothing depends on it. */
export type Realtime = {
  openFrames: (attempt: AttemptRef) => FrameChannel
  close: () => Promise<void>
}

export type RealtimeEvents = {
  /** There may be work. Also rung after every (re)subscribe, since whatever was sent before is lost. */
  onWake: () => void
  onCancel: (attempt: AttemptRef) => void
  onDrain: () => void
}

const retry = { baseMs: 1_000, capMs: 15_000 }

function openFrames(client: RealtimeClient, attempt: AttemptRef, log: Logger): FrameChannel {
  const channel = client.channel(topics.job(attempt.job, attempt.epoch), { config: { private: true } })
  let joined = false
  channel.subscribe((status, err) => {
    joined = status === REALTIME_SUBSCRIBE_STATES.SUBSCRIBED
    if (!joined && status !== REALTIME_SUBSCRIBE_STATES.CLOSED) log.warn({ ...attempt, status, err }, 'frame channel')
  })
  return {
    send(frame) {
      // Unjoined, the client would fall back to one HTTP request a frame: drop it, the next one is newer anyway.
      if (joined) void channel.send({ type: 'broadcast', event: 'frame', payload: frame }).catch(() => {})
    },
    close: () => void client.removeChannel(channel).catch(() => {}),
  }
}

function onWorkers(client: RealtimeClient, events: RealtimeEvents): RealtimeChannel {
  return client
    .channel(topics.workers, { config: { private: true } })
    .on('broadcast', { event: 'wake' }, events.onWake)
    .on('broadcast', { event: 'drain' }, events.onDrain)
    .on('broadcast', { event: 'cancel' }, ({ payload }) => {
      const attempt = cancelMessage.safeParse(payload)
      if (attempt.success) events.onCancel(attempt.data)
    })
}

/**
 * Connects with the worker's token, which the client asks for again at every heartbeat and every join. A channel that
 * the server closes is joined anew, with jitter; the loop's own poll covers the time between.
 */
export function startRealtime(info: SessionInfo, session: Session, events: RealtimeEvents, log: Logger): Realtime {
  const stop = new AbortController()
  const client = new RealtimeClient(`${info.supabaseUrl.replace(/^http/, 'ws')}/realtime/v1`, {
    params: { apikey: info.publishableKey },
    accessToken: async () => (await session.current(stop.signal)).token,
    reconnectAfterMs: (tries) => backoffMs(tries - 1, retry, Math.random()),
  })
  let timer: NodeJS.Timeout | undefined
  let failures = 0
  let current: RealtimeChannel | undefined

  function join(): void {
    if (stop.signal.aborted) return
    const channel = onWorkers(client, events)
    current = channel
    channel.subscribe((status, err) => {
      if (stop.signal.aborted || channel !== current) return
      if (status === REALTIME_SUBSCRIBE_STATES.SUBSCRIBED) {
        failures = 0
        log.info('doorbell connected')
        events.onWake()
        return
      }
      log.warn({ status, err }, 'doorbell lost: polling')
      // An errored or timed-out join is repeated by the client itself; a closed channel is not.
      if (status !== REALTIME_SUBSCRIBE_STATES.CLOSED) return
      clearTimeout(timer)
      timer = setTimeout(
        () => void client.removeChannel(channel).then(join, join),
        backoffMs(failures, retry, Math.random()),
      )
      failures += 1
    })
  }

  // The client fixes the payload of a join when it subscribes; without this the first one leaves without the token.
  void client.setAuth().then(join, join)
  return {
    openFrames: (attempt) => openFrames(client, attempt, log),
    async close() {
      stop.abort()
      clearTimeout(timer)
      await client.removeAllChannels().catch(() => [])
      await client.disconnect()
    },
  }
}
