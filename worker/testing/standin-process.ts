import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

export type StandinProcess = { url: string; remaining: () => Promise<number>; stop: () => Promise<void> }

/**
 * The stand-in as a process of its own, for tests whose own process has the server in it: the server closes the image
 * library's file readers, which the stand-in needs.
 */
export async function startStandinProcess(env: Record<string, string>): Promise<StandinProcess> {
  const child = spawn(process.execPath, [join(import.meta.dirname, '../standin/main.ts')], {
    env: { PATH: process.env['PATH'], STANDIN_PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const url = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const found = /"url":"([^"]+)"/.exec(line)?.[1]
      if (found) resolve(found)
    })
    child.once('exit', () => reject(new Error('the stand-in did not start')))
  })
  return {
    url,
    async remaining() {
      const answer = (await (await fetch(`${url}/api/prompt`)).json()) as { exec_info: { queue_remaining: number } }
      return answer.exec_info.queue_remaining
    },
    async stop() {
      const exited = once(child, 'exit')
      child.kill('SIGKILL')
      await exited
    },
  }
}
