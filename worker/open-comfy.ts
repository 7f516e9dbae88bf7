import type { Logger } from 'pino'
import { bootBox } from './boot/boot-box.ts'
import type { SelfTest } from './boot/self-test.ts'
import { createEngineState } from './comfy/engine-state.ts'
import { createComfyHttp } from './comfy/http.ts'
import { openComfySocket } from './comfy/socket.ts'
import { takePulse } from './comfy/pulse.ts'
import type { WatchTimes } from './core/watch-rule.ts'
import type { WorkerEnv } from './env.ts'
import type { Backend } from './jobs/backend.ts'
import { createComfyBackend } from './jobs/comfy-backend.ts'

export type MakerOptions = {
  env: WorkerEnv
  times: WatchTimes
  /** This box's UUID. */
  instance: string
  /** True when a former process left an attempt that may still run. */
  hasJobInHand: boolean
  /** What it can run has changed. */
  onFound: (found: SelfTest) => Promise<void>
  log: Logger
}

/** A backend that has been looked at, and what it can run. */
export type Maker = {
  backend: Backend
  found: SelfTest
  /** Connections that may be dead without a word are made anew. */
  reconnect?: () => void
  close: () => void
}

/** The ComfyUI beside this process, tested. Waits for one that still starts. */
export async function openComfy(options: MakerOptions, signal: AbortSignal): Promise<Maker> {
  const { env, times, instance, log, onFound } = options
  const http = createComfyHttp({ url: env.COMFY_URL, timeoutMs: 30_000 })
  // The same client id after a restart: events of a prompt go to the id that posted it.
  const socket = openComfySocket({ url: env.COMFY_URL, clientId: `forge-${instance}` })
  const deps = { http, socket, times, pulse: takePulse(env.COMFY_URL) }
  const boot = (hasJobInHand: boolean, until: AbortSignal) => bootBox({ env, deps, hasJobInHand, log }, until)
  try {
    const found = await boot(options.hasJobInHand, signal)
    const engine = createEngineState(http, { input: env.COMFY_INPUT_DIR, temp: env.COMFY_TEMP_DIR }, log)
    if (found.warm !== null) engine.warm.add(found.warm)
    const backend = createComfyBackend({ ...deps, engine, log }, async (until) => {
      log.warn('ComfyUI came back as a new process: it is tested again')
      const again = await boot(false, until)
      if (again.warm !== null) engine.warm.add(again.warm)
      await onFound(again)
    })
    return { backend, found, reconnect: () => socket.reconnect(), close: () => socket.close() }
  } catch (error) {
    socket.close()
    throw error
  }
}
