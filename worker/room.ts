import type { Logger } from 'pino'

/** Whether this box can write. While it cannot it claims nothing, and the server knows why. */
export type Room = {
  /** Something could not be written. */
  full: (why: string) => void
  isFull: () => Promise<boolean>
}

export type RoomOptions = {
  /** Why nothing can be written now, or null (see `diskFault`). */
  fault: () => Promise<string | null>
  /** Tells the server; null = fit again. */
  tell: (reason: string | null) => Promise<void>
  log: Logger
  /** Milliseconds between two looks at the disk. */
  checkMs?: number
}

/** Starts with room; `full` is believed at once, room again only when the disk says so. */
export function createRoom({ fault, tell, log, checkMs = 10_000 }: RoomOptions): Room {
  let reason: string | null = null
  let lookAt = 0

  async function say(news: string | null): Promise<void> {
    await tell(news).catch((error: unknown) => log.warn({ err: error }, 'fitness not heard'))
  }

  return {
    full(why) {
      log.error({ why }, 'no room on the disk: nothing is claimed')
      reason = why
      lookAt = performance.now() + checkMs
      void say(why)
    },
    async isFull() {
      if (reason === null) return false
      if (performance.now() < lookAt) return true
      lookAt = performance.now() + checkMs
      const now = await fault().catch(() => reason)
      if (now === null) log.info('there is room again')
      reason = now
      // Said again while it lasts: a box that claims nothing is otherwise never heard of.
      await say(now)
      return now !== null
    },
  }
}
