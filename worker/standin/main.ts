import pino from 'pino'
import { readEnv } from './env.ts'
import { startStandin } from './standin.ts'

const env = readEnv()
const log = pino({ name: 'comfy-standin' })
const standin = await startStandin({
  port: env.STANDIN_PORT,
  stepMs: env.STANDIN_STEP_MS,
  loadMs: env.STANDIN_LOAD_MS,
  previewSide: env.STANDIN_PREVIEW_PX,
  seed: env.STANDIN_SEED,
  noiseBytes: env.STANDIN_NOISE_KB * 1_000,
})
log.info({ url: standin.url, gpu: false }, 'ready')

async function stop(signal: string): Promise<void> {
  log.info({ signal }, 'stopping')
  await standin.stop()
}
process.once('SIGTERM', (signal) => void stop(signal))
process.once('SIGINT', (signal) => void stop(signal))
