import { pino } from 'pino'
import { lockEngine } from './boot/engine-lock.ts'
import { exitCodes } from './core/exit-codes.ts'
import { readEnv } from './env.ts'
import { runWorker } from './start.ts'

const env = readEnv()
const log = pino({ level: env.LOG_LEVEL, base: { process: 'worker' } })
const stop = new AbortController()
for (const name of ['SIGTERM', 'SIGINT'] as const) {
  process.on(name, () => {
    log.info({ signal: name }, 'stopping')
    stop.abort()
  })
}

try {
  if (env.replicateToken === null) await lockEngine(env.COMFY_URL)
  const why = await runWorker({ env, log }, stop.signal)
  log.info({ why }, 'ended')
  if (why === 'stuck') log.fatal('ComfyUI is sick: it has to be restarted')
  if (why === 'unfit') log.fatal('ComfyUI was sick again: this box has to be replaced')
  process.exitCode = exitCodes[why]
} catch (error) {
  if (!stop.signal.aborted) {
    log.fatal({ err: error }, 'worker cannot go on')
    process.exitCode = 1
  }
}
// Timers of the Realtime client for answers that nobody awaits any more would hold the process for ten seconds.
process.exit()
