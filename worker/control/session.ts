import type { z } from 'zod'
import type { Capabilities, sessionInput, sessionResult } from '#shared/worker/schema.ts'
import type { ServerApi } from './server-api.ts'
import { tokenLifeMs } from './token-life.ts'

export type SessionInfo = z.infer<typeof sessionResult>

/** The worker's own token: taken with the key, renewed before it ends, shared by everything that talks to the outside. */
export type Session = {
  /** A token that is good for at least another minute. Throws what `worker.session` refuses with. */
  current: (signal: AbortSignal) => Promise<SessionInfo>
  /** Forget `token`, which somebody has just refused; a newer one stays. */
  drop: (token: string) => void
  /** What this box can run, to be told with the next token. */
  describe: (capabilities: Capabilities) => void
  /** Tells it at once. Throws as `current`. */
  announce: (capabilities: Capabilities) => Promise<void>
}

/** Renew while this much of a token's life is left: more than two heartbeats of the Realtime client. */
const marginMs = 60_000

/** Said of a box before it is known. */
const nothing: Capabilities = {
  templates: [],
  gpu: 'unknown',
  vramBytes: 0,
  comfyVersion: 'unknown',
  standIn: false,
  unavailable: {},
  toy: false,
}

export function createSession(
  api: Pick<ServerApi, 'session'>,
  identity: Omit<z.infer<typeof sessionInput>, 'capabilities'>,
): Session {
  let capabilities = nothing
  let held: { info: SessionInfo; until: number } | undefined
  let pending: Promise<SessionInfo> | undefined

  async function renew(): Promise<SessionInfo> {
    const asked = performance.now()
    // Not the caller's signal: others may wait for the same answer.
    const info = await api.session({ ...identity, capabilities }, '', AbortSignal.timeout(30_000))
    const life = tokenLifeMs(info.token)
    held = { info, until: asked + life - Math.min(marginMs, life / 2) }
    return info
  }

  return {
    async current(signal) {
      signal.throwIfAborted()
      if (held && performance.now() < held.until) return held.info
      pending ??= renew().finally(() => {
        pending = undefined
      })
      return pending
    },
    describe: (news) => void (capabilities = news),
    async announce(news) {
      capabilities = news
      await renew()
    },
    drop(token) {
      if (held?.info.token === token) held = undefined
    },
  }
}
