import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, it } from 'vitest'
import { takePulse } from './pulse.ts'

/** A server that answers, and computes for 300 ms when it is asked for /work. */
const program = `require('node:http').createServer((request, response) => {
  for (const end = Date.now() + (request.url === '/work' ? 300 : 0); Date.now() < end;);
  response.end()
}).listen(0, '127.0.0.1', function () { console.log(this.address().port) })`

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

it.runIf(process.platform === 'linux')('tells a process that stands still from one that works', async () => {
  const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  const url = `http://127.0.0.1:${line.toString().trim()}`
  const pulse = takePulse(url)

  try {
    expect(await pulse.restingMs()).toBe(0)
    await pause(550)
    const rested = (await pulse.restingMs()) ?? 0
    await fetch(`${url}/work`)
    await pause(250)

    expect(rested).toBeGreaterThan(500)
    expect(await pulse.restingMs()).toBe(0)
  } finally {
    child.kill('SIGKILL')
  }
})

it('says nothing of what it cannot see', async () => {
  expect(await takePulse('http://127.0.0.1:9').restingMs()).toBeNull()
})
