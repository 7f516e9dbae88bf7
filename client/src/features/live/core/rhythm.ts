/** Delays in ms between two looks at the server: 2–5 s while a job runs, the jitter included, 30 s idle. */
export const rhythm = { live: 4_500, blind: 2_000, idle: 30_000, jitter: 0.2, afterReconnect: 800 } as const

/**
 * How long to wait before reading the rows again. `connected` = the socket delivers; without it polling is all there
 * is. A hidden page only needs to be right when it is seen, and it re-reads then.
 */
export function pollDelay(input: { open: number; connected: boolean; visible: boolean; random: number }): number {
  const base = input.open === 0 || !input.visible ? rhythm.idle : input.connected ? rhythm.live : rhythm.blind
  return base * (1 - rhythm.jitter / 2 + rhythm.jitter * input.random)
}

/** Spreads the re-reads of many browsers after an outage of ours over 0–800 ms. */
export function reconnectDelay(random: number): number {
  return rhythm.afterReconnect * random
}
