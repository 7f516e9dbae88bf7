import { readFile } from 'node:fs/promises'
import path from 'node:path'
import process from 'node:process'
import { z } from 'zod'
import { readStackEnv, root } from './env.ts'
import { formatLog } from './format-log.ts'
import { isPortFree } from './ports.ts'
import { startStack } from './stack.ts'

const keys = z.object({ publishableKey: z.string() })

/** The same stack as `npm start`, with Vite in front: the studio reloads as its sources change. */
async function main(): Promise<void> {
  const env = readStackEnv()
  if (!(await isPortFree(env.PORT)))
    throw new Error(`Port ${env.PORT} is taken. Choose another: PORT=${env.PORT + 1} npm run dev`)
  const say = (line: string) => process.stdout.write(`${line}\n`)
  const stack = await startStack({
    env: { ...env, PORT: 0, PUBLIC_URL: env.PUBLIC_URL ?? `http://127.0.0.1:${env.PORT}` },
    print: (part, line) => say(formatLog(part, line)),
    onGivenUp: (name, how) => say(`${name} keeps stopping (${how}); restart with npm run dev`),
  })
  process.env['VITE_SUPABASE_URL'] = stack.state.supabaseUrl
  process.env['VITE_SUPABASE_PUBLISHABLE_KEY'] =
    env.SUPABASE_PUBLISHABLE_KEY ??
    keys.parse(JSON.parse(await readFile(path.join(env.FORGE_DATA, 'keys.json'), 'utf8'))).publishableKey
  const { createServer } = await import('vite')
  const vite = await createServer({
    configFile: path.join(root, 'vite.config.ts'),
    server: {
      host: '127.0.0.1',
      port: env.PORT,
      strictPort: true,
      proxy: { '/trpc': stack.state.url, '/health': stack.state.url },
    },
  })
  await vite.listen()
  const shutDown = async () => {
    await vite.close()
    await stack.stop()
    process.exit(0)
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void shutDown())
  if (!env.SUPABASE_URL) say(`mails: ${stack.state.supabaseUrl}/inbox`)
  say(`ready http://127.0.0.1:${env.PORT}`)
}

main().catch((error: unknown) => {
  process.stderr.write(`\n${error instanceof Error ? error.message : String(error)}\n`)
  process.exit(1)
})
