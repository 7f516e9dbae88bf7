import { pino } from 'pino'
import { listen } from '#server/listen.ts'
import { readEnv } from './env.ts'
import { createLocalBoxes } from './local-boxes.ts'
import { createRunpodStandin } from './standin.ts'

const env = readEnv()
const log = pino({ name: 'runpod-standin', level: env.LOG_LEVEL })
const runner = createLocalBoxes({
  dataDir: env.RUNPOD_STANDIN_DATA,
  coldMs: env.RUNPOD_STANDIN_COLD_MS,
  stepMs: env.STANDIN_STEP_MS,
  log,
  // Lines of the boxes go on as they are: each names its process.
  print: (_part, line) => void process.stdout.write(`${line}\n`),
})
const standin = createRunpodStandin({
  apiKey: env.RUNPOD_API_KEY,
  endpointId: env.RUNPOD_ENDPOINT_ID,
  timings: { provisionMs: env.RUNPOD_STANDIN_COLD_MS, startMs: 0, listLagMs: 500, vanishMs: 30_000 },
  runner,
})
const listening = await listen(standin.app.fetch, '127.0.0.1', env.RUNPOD_STANDIN_PORT)
log.info({ url: listening.url, realGpus: false }, 'ready')

async function stop(signal: string): Promise<void> {
  log.info({ signal }, 'stopping')
  await Promise.all([runner.stopAll(), listening.close(1_000)])
  process.exit(0)
}
process.once('SIGTERM', (signal) => void stop(signal))
process.once('SIGINT', (signal) => void stop(signal))
