import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { BenchBox } from './bench-box.ts'

/** The real process, for what only a kill can show. It is killed when disposed. */
export type WorkerProcess = AsyncDisposable & {
  child: ChildProcess
  kill: (signal: NodeJS.Signals) => Promise<number | null>
}

export function startWorkerProcess(box: BenchBox): WorkerProcess {
  const child = spawn(process.execPath, [join(import.meta.dirname, '../main.ts')], {
    env: {
      PATH: process.env['PATH'],
      FORGE_SERVER_URL: box.control.url,
      FORGE_WORKER_KEY: box.control.key,
      COMFY_URL: box.comfy.url,
      WORKER_DATA: join(box.data, 'worker'),
      WORKFLOWS_DIR: box.workflows,
      POLL_MS: '100',
      PROVE: 'signatures',
    },
    stdio: 'ignore',
  })
  async function kill(signal: NodeJS.Signals): Promise<number | null> {
    if (child.exitCode === null && child.signalCode === null) {
      const exited = once(child, 'exit')
      child.kill(signal)
      await exited
    }
    return child.exitCode
  }
  return { child, kill, [Symbol.asyncDispose]: async () => void (await kill('SIGKILL')) }
}
