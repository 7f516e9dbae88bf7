import process from 'node:process'
import { pino } from 'pino'
import { expect, it, onTestFinished } from 'vitest'
import { afterWorker } from '#worker/core/exit-codes.ts'
import { eventually } from '#worker/testing/bench-box.ts'
import { keepRunning, type Program } from './keep-running.ts'

const log = pino({ level: 'silent' })

function program(name: string, script: string): Program {
  return { name, command: process.execPath, args: ['-e', script], cwd: process.cwd(), env: {} }
}

it('exit 3 of the worker starts ComfyUI and the worker again, exit 4 starts nothing again', async () => {
  const codes = [3, 4]
  const ended: { engine: (number | null)[]; worker: (number | null)[] } = { engine: [], worker: [] }
  const engine = keepRunning(program('comfyui', 'setInterval(() => {}, 1e6)'), {
    log,
    onExit: (code) => {
      ended.engine.push(code)
      return 'again'
    },
  })
  onTestFinished(() => engine.stop(0))
  await eventually(() => engine.isUp(), 'ComfyUI runs')
  // One process for each code: what a worker ends with is its own affair.
  for (const code of codes) {
    const worker = keepRunning(program('worker', `process.exit(${code})`), {
      log,
      onExit(got) {
        ended.worker.push(got)
        const then = afterWorker(got)
        if (then.engine === 'restart') engine.restart()
        return then.box === 'down' ? 'stop' : 'again'
      },
    })
    await eventually(() => ended.worker.includes(code), 'it ends')
    if (code === 4) expect(worker.isUp()).toBe(false)
    await worker.stop(0)
  }
  await eventually(() => ended.engine.length > 0, 'ComfyUI was ended')
  await eventually(() => engine.isUp(), 'and runs again')
  expect(ended.engine).toContain(null)
})
