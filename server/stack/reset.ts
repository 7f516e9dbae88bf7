import { rm } from 'node:fs/promises'
import process from 'node:process'
import { readStackEnv } from './env.ts'
import { runStep } from './run-step.ts'
import { readState } from './state.ts'

const env = readStackEnv()
const running = await readState(env.FORGE_DATA)
if (running) {
  process.stderr.write(
    `The Forge runs at ${running.url} (process ${running.pid}); stop it first. Nothing was deleted.\n`,
  )
  process.exit(1)
}
if ((await runStep(['node', 'supabase/local/reset.ts'])) !== 0) process.exit(1)
await rm(env.FORGE_DATA, { recursive: true, force: true })
process.stdout.write(`Deleted ${env.FORGE_DATA}: database, images, keys and accounts of the local stack.\n`)
