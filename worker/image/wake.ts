import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { pino } from 'pino'
import { readWakeEnv } from './env.ts'
import { createWakeJob } from './wake-job.ts'

/**
 * Entry of the image on a RunPod queue endpoint: takes the one job that woke this worker, runs the box with the address
 * and the key that the job brings, and answers it when the box ends, so that RunPod neither scales it down at work nor
 * keeps it afterwards.
 */
const env = readWakeEnv()
const log = pino({ level: process.env['LOG_LEVEL'] ?? 'info', base: { process: 'wake' } })
const stopping = new AbortController()
for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => stopping.abort())

const job = await createWakeJob(env, log).take(stopping.signal)
if (job !== null) {
  log.info({ job: job.id, box: job.box }, 'woken')
  const box = spawn(process.execPath, [join(import.meta.dirname, 'start.ts')], {
    env: {
      ...boxEnv(),
      ...job.env,
      // A container that is kept and woken again is another box: it must not come back as the one before.
      WORKER_DATA: join(process.env['WORKER_DATA'] ?? '/data/worker', job.id.replaceAll(/[^\w-]/g, '')),
    },
    stdio: 'inherit',
  })
  stopping.signal.addEventListener('abort', () => box.kill('SIGTERM'), { once: true })
  const beating = job.beat()
  const [code] = (await once(box, 'exit')) as [number | null]
  beating.stop()
  await job.finish(code === 0 ? { output: { ended: 'drained' } } : { output: { ended: `code ${code}` } })
  log.info({ job: job.id, code }, 'ended')
}

/** The box needs nothing of RunPod's, least of all the key with which jobs are taken. */
function boxEnv(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('RUNPOD_')))
}
