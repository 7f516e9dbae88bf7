import { pino } from 'pino'

import { readEnv } from './env.ts'
import { startLocalSupabase } from './start.ts'

const env = readEnv()
const log = pino({ name: 'supabase', level: env.LOG_LEVEL })

try {
  const stack = await startLocalSupabase({
    dataDir: env.FORGE_DATA,
    apiPort: env.SUPABASE_PORT,
    postgresPort: env.POSTGRES_PORT,
    seed: true,
    auth: {
      captcha:
        env.TURNSTILE_SECRET_KEY === undefined
          ? null
          : { verifyUrl: env.TURNSTILE_VERIFY_URL, secret: env.TURNSTILE_SECRET_KEY },
    },
    log,
  })
  log.info({ url: stack.url }, 'ready')
  let stopping = false
  const stop = (signal: string): void => {
    if (stopping) return
    stopping = true
    log.info({ signal }, 'stopping')
    void stack.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        log.fatal({ err: error }, 'could not stop cleanly')
        process.exit(1)
      },
    )
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
  await stack.exited
  // Without its database nothing here can answer: whoever started us decides what is next.
  if (!stopping) {
    log.fatal('Postgres ended by itself')
    process.exit(1)
  }
} catch (error) {
  log.fatal(error instanceof Error ? error.message : String(error))
  process.exit(1)
}
