import process from 'node:process'
import { demoAccounts } from './demo.ts'
import { readStackEnv } from './env.ts'
import { formatLog } from './format-log.ts'
import { startStack } from './stack.ts'

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}

async function main(): Promise<void> {
  const startedAt = performance.now()
  const env = readStackEnv()
  const print = (part: string, line: string) => say(env.FORGE_LOG === 'json' ? line : formatLog(part, line))
  const starting = startStack({
    env,
    print,
    onGivenUp: (name, how) => {
      say(`\n${name} keeps stopping (${how}). Its last lines are above. Stopping the rest; start again with: npm start`)
      void shutDown(1)
    },
  })

  let stops = 0
  const shutDown = async (code: number) => {
    stops += 1
    if (stops > 1) process.exit(1)
    const stack = await starting.catch(() => null)
    await stack?.stop()
    process.exit(code)
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      say(stops === 0 ? '\nStopping… (again to stop at once)' : 'Stopped at once.')
      void shutDown(0)
    })
  }

  const stack = await starting
  if (stack.demoPassword) {
    say('')
    for (const account of demoAccounts) say(`demo ${account.role}: ${account.email} / ${stack.demoPassword}`)
  }
  if (!env.SUPABASE_URL)
    say(`mails: no mail leaves this machine; read codes and links at ${stack.state.supabaseUrl}/inbox`)
  if (!env.COMFY_URL) say('preview engine: a labelled stand-in without GPU; set COMFY_URL to use a real ComfyUI')
  if (env.CAPACITY === 'standin')
    say('boxes: none runs until a job asks for one; they are rented from a stand-in and run here (npm run controls)')
  if (env.REPLICATE_API_TOKEN)
    say(
      `fallback: ${stack.state.replicateUrl ? 'the Replicate stand-in, no GPU and no money' : 'Replicate'}; off until you allow it (npm run controls -- fallback=on)`,
    )
  if (stack.state.stripeUrl)
    say(`payments: the Stripe stand-in, no real money moves (${stack.state.stripeUrl}); set STRIPE_SECRET_KEY to sell`)
  say(
    `started in ${((performance.now() - startedAt) / 1000).toFixed(1)} s · data in ${env.FORGE_DATA} · Ctrl-C stops everything`,
  )
  say(`ready ${stack.state.url}`)
}

main().catch((error: unknown) => {
  process.stderr.write(`\n${error instanceof Error ? error.message : String(error)}\n`)
  process.exit(1)
})
