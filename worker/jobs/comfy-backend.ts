import type { Logger } from 'pino'
import type { EngineState } from '#worker/comfy/engine-state.ts'
import type { ComfyHttp } from '#worker/comfy/http.ts'
import type { ComfySocket } from '#worker/comfy/socket.ts'
import type { Pulse } from '#worker/comfy/pulse.ts'
import type { WatchTimes } from '#worker/core/watch-rule.ts'
import type { Backend, BackendAttempt, Readiness } from './backend.ts'
import { openComfyAttempt } from './comfy-attempt.ts'

export type ComfyParts = {
  http: ComfyHttp
  socket: ComfySocket
  engine: EngineState
  pulse: Pulse
  times: WatchTimes
  log: Logger
}

const engineCheckMs = 2_000

/** An open socket is proof enough that ComfyUI is there. */
async function isUp({ socket, http }: ComfyParts): Promise<boolean> {
  if (socket.isOpen()) return true
  return http.stats(AbortSignal.timeout(engineCheckMs)).then(
    () => true,
    () => false,
  )
}

/**
 * The ComfyUI beside this worker: one job on the card and one in its queue, so that it never waits for the next.
 * `retest` finds out what a ComfyUI that came back as a new process can run; no attempt is open then.
 */
export function createComfyBackend(parts: ComfyParts, retest: (signal: AbortSignal) => Promise<void>): Backend {
  const { engine, socket } = parts
  let open = 0
  let seen = socket.restarts()

  function counted(attempt: BackendAttempt): BackendAttempt {
    open += 1
    return {
      ...attempt,
      close() {
        open -= 1
        return attempt.close()
      },
    }
  }

  return {
    name: 'comfyui',
    depth: 2,
    parallel: false,
    async readiness(signal): Promise<Readiness> {
      // A box whose ComfyUI is away claims nothing: another one may be free.
      if (!(await isUp(parts))) return 'away'
      const restarts = socket.restarts()
      if (restarts !== seen) engine.warm.clear()
      if (restarts !== seen && open === 0) {
        await retest(signal)
        seen = restarts
      }
      const leftovers = await engine.leftovers.check(signal)
      return leftovers === 'free' ? 'ready' : leftovers
    },
    warm: () => [...engine.warm],
    open: (job, { resume }) => counted(openComfyAttempt(parts, job, resume)),
    settled: () => engine.scratch.settled(),
  }
}
