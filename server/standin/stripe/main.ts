import { pino } from 'pino'
import { readEnv } from './env.ts'
import { startStripeStandin } from './standin.ts'

const env = readEnv()
const log = pino({ name: 'stripe-standin' })
const standin = await startStripeStandin({
  port: env.STRIPE_STANDIN_PORT,
  secretKey: env.STRIPE_SECRET_KEY,
  webhook: { url: env.STRIPE_WEBHOOK_URL, secret: env.STRIPE_WEBHOOK_SECRET },
  file: env.STRIPE_STANDIN_FILE,
  settleMs: env.STRIPE_STANDIN_SETTLE_MS,
  onUndelivered: (event, reason) => log.warn({ event, reason }, 'event not taken, trying again later'),
})
log.info({ url: standin.url, realMoney: false }, 'ready')

async function stop(signal: string): Promise<void> {
  log.info({ signal }, 'stopping')
  await standin.stop()
  process.exit(0)
}
process.once('SIGTERM', (signal) => void stop(signal))
process.once('SIGINT', (signal) => void stop(signal))
