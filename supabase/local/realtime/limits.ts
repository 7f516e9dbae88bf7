/** Bounds that keep one hostile or slow client from costing the others memory or time. */
export type RealtimeLimits = {
  /** Bytes of one WebSocket message; a larger one closes the socket (1009). */
  messageBytes: number
  /** Bytes of one broadcast or presence payload, whoever sends it. */
  payloadBytes: number
  /** Channels of one connection. */
  channels: number
  /** Messages a second that one connection may send, on average … */
  messagesPerSecond: number
  /** … and in one burst (a page that joins all its channels at once). */
  messageBurst: number
  /** Messages over the rate after which the connection is closed (1008). */
  rateStrikes: number
  /** Bytes of messages that wait for a permission check of their connection; more are dropped. */
  waitingBytes: number
  /** Unsent bytes of a socket above which lossy broadcasts (sent by clients, not by the database) skip it. */
  slowBytes: number
  /** Unsent bytes of a socket above which it is terminated. */
  stuckBytes: number
  /** Milliseconds without any message from a client before its socket is closed. */
  idleMs: number
  /** Presence calls of one channel in `presenceWindowMs`. */
  presenceCalls: number
  presenceWindowMs: number
  /** Milliseconds that a channel which asked for it waits for the replication stream. */
  replicationReadyMs: number
}

/**
 * Defaults. Payload (256 KB), channels (100) and messages a second (100) are those of Supabase's Free plan, so that
 * what passes here passes there; idle time is Phoenix's 60 s; presence is the hosted default of 5 calls in 30 s.
 */
export const defaultLimits: RealtimeLimits = {
  messageBytes: 320 * 1024,
  payloadBytes: 256 * 1024,
  channels: 100,
  messagesPerSecond: 100,
  messageBurst: 300,
  rateStrikes: 200,
  waitingBytes: 2 * 1024 * 1024,
  slowBytes: 512 * 1024,
  stuckBytes: 8 * 1024 * 1024,
  idleMs: 60_000,
  presenceCalls: 5,
  presenceWindowMs: 30_000,
  replicationReadyMs: 15_000,
}
