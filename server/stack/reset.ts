import process from 'node:process'
import { readStackEnv } from './env.ts'
import { removeData } from './remove-data.ts'
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
const left = await removeData(env.FORGE_DATA)
process.stdout.write(`Deleted ${env.FORGE_DATA}: database, images, keys and accounts of the local stack.\n`)
if (left.length > 0) process.stdout.write(`Not ours and left alone there: ${left.join(', ')}\n`)
