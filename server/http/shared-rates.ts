import type { Database } from '#server/adapters/database/port.ts'
import { ForgeError } from '#shared/errors.ts'

/** A key to count a call under, and how many a window may have. */
export type RateKey = { key: string; cap: number }

export type SharedRateOptions = {
  database: Pick<Database, 'spendRate'>
  windowS: number
  /** Milliseconds. */
  now: () => number
}

/** What the last answer said about a key: calls left, or blocked until then; old after a second. */
type Known = { left: number; blockedUntil: number; at: number }
type Charge = { keys: readonly RateKey[]; done: (answers: number[]) => void; failed: (error: unknown) => void }

/** Calls of one key that may be on their way to the database without being waited for: a share of what is left. */
const ahead = { share: 1 / 8, min: 4, max: 32 }
/** Milliseconds in which calls that nobody waits for are gathered: a round trip each would cost more than the count. */
const gatherMs = 25
const freshMs = 1_000
const batch = 50
const keptKeys = 10_000

/**
 * Counts calls for all servers together, in the database. A key that is far from its cap is not waited for, so a press
 * pays nothing for being counted: at most `ahead` calls a server can slip past the cap. From half of the cap on every
 * call waits for its count. Calls that meet go to the database as one; those not waited for meet within `gatherMs`.
 */
export function createSharedRates({ database, windowS, now }: SharedRateOptions): (keys: RateKey[]) => Promise<void> {
  const known = new Map<string, Known>()
  const flying = new Map<string, number>()
  const queue: Charge[] = []
  let sending = false
  let timer: NodeJS.Timeout | undefined

  /** Sends what is queued: at once when somebody waits for it. */
  function send(isWaitedFor: boolean): void {
    if (isWaitedFor) void flush()
    else timer ??= setTimeout(() => void flush(), gatherMs).unref()
  }

  async function flush(): Promise<void> {
    clearTimeout(timer)
    timer = undefined
    if (sending) return
    sending = true
    for (let charges = queue.splice(0, batch); charges.length > 0; charges = queue.splice(0, batch)) {
      try {
        const answers = await database.spendRate(
          charges.flatMap(({ keys }) => keys),
          windowS,
        )
        for (const { keys, done } of charges) done(answers.splice(0, keys.length))
      } catch (error) {
        for (const { failed } of charges) failed(error)
      }
    }
    sending = false
  }

  /** Counts the calls and answers the seconds to wait, 0 when they were taken. */
  async function charge(keys: RateKey[], isWaitedFor: boolean): Promise<number> {
    move(flying, keys, 1)
    try {
      const answers = await new Promise<number[]>((done, failed) => {
        queue.push({ keys, done, failed })
        send(isWaitedFor)
      })
      if (known.size > keptKeys) known.clear()
      for (const [index, { key }] of keys.entries()) {
        const answer = answers[index] ?? 0
        known.set(key, { left: Math.max(0, -answer), blockedUntil: answer > 0 ? now() + answer * 1_000 : 0, at: now() })
      }
      return Math.max(0, ...answers)
    } finally {
      move(flying, keys, -1)
    }
  }

  function refuseBlocked(keys: readonly RateKey[]): void {
    const until = Math.max(...keys.map(({ key }) => known.get(key)?.blockedUntil ?? 0))
    if (until > now()) throw new ForgeError('RATE_LIMITED', { retry_after_s: Math.ceil((until - now()) / 1_000) })
  }

  function isFar({ key, cap }: RateKey): boolean {
    const word = known.get(key)
    const left = word === undefined || now() - word.at > freshMs ? cap : word.left
    return left > cap / 2 && (flying.get(key) ?? 0) < Math.min(ahead.max, Math.max(ahead.min, left * ahead.share))
  }

  return async (keys) => {
    refuseBlocked(keys)
    if (keys.every(isFar)) {
      // A database that cannot count cannot serve the call either, which says so itself.
      void charge(keys, false).catch(() => undefined)
      return
    }
    const wait = await charge(keys, true)
    if (wait > 0) throw new ForgeError('RATE_LIMITED', { retry_after_s: wait })
  }
}

function move(counts: Map<string, number>, keys: readonly RateKey[], by: 1 | -1): void {
  for (const { key } of keys) {
    const count = (counts.get(key) ?? 0) + by
    if (count === 0) counts.delete(key)
    else counts.set(key, count)
  }
}
