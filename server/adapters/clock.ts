/** The server's own clock, milliseconds since 1970. Leases and days are judged by the database's, never by this one. */
export type Clock = { now: () => number }

export const systemClock: Clock = { now: () => Date.now() }
