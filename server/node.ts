import { createApp } from './app.ts'
import { createDeps } from './create-deps.ts'
import { readEnv } from './env.ts'
import { runTicks } from './http/tick.ts'
import { listen } from './listen.ts'

const shutdownMs = 8_000

const env = readEnv()
const deps = await createDeps(env)
const listening = await listen(createApp(deps).fetch, env.HOST, env.PORT)
const stopping = new AbortController()
const ticking = runTicks(deps, stopping.signal)
deps.log.info({ url: listening.url }, 'listening')

async function stop(reason: string): Promise<void> {
  if (stopping.signal.aborted) return
  deps.log.info({ reason }, 'stopping')
  stopping.abort()
  // Whatever still runs after the deadline is safe to cut: every write is one transaction, every call repeatable.
  setTimeout(() => process.exit(1), shutdownMs + 1_000).unref()
  await Promise.all([listening.close(shutdownMs), ticking])
  deps.log.info('stopped')
  // Idle connections that fetch keeps to Supabase would hold the process for some seconds more.
  process.exit(0)
}

for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void stop(signal))
