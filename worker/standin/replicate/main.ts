import { pino } from 'pino'
import { readEnv } from './env.ts'
import { startReplicateStandin } from './standin.ts'

const env = readEnv()
const log = pino({ name: 'replicate-standin' })
const standin = await startReplicateStandin({
  port: env.REPLICATE_STANDIN_PORT,
  token: env.REPLICATE_API_TOKEN,
  stepMs: env.REPLICATE_STANDIN_STEP_MS,
  startMs: env.REPLICATE_STANDIN_START_MS,
})
log.info({ url: standin.url, gpu: false, realMoney: false }, 'ready')

async function stop(signal: string): Promise<void> {
  log.info({ signal }, 'stopping')
  await standin.stop()
  process.exit(0)
}
process.once('SIGTERM', (signal) => void stop(signal))
process.once('SIGINT', (signal) => void stop(signal))
