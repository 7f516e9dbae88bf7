import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, it } from 'vitest'
import { takePulse } from './pulse.ts'

/** A server that answers, and uses 150 ms of processor time when it is asked for /work. */
const program = `require('node:http').createServer((request, response) => {
  const from = process.cpuUsage()
  while (request.url === '/work' && process.cpuUsage(from).user < 150_000);
  response.end()
}).listen(0, '127.0.0.1', function () { console.log(this.address().port) })`

it.runIf(process.platform === 'linux')('tells a process that stands still from one that works', async () => {
  const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  const url = `http://127.0.0.1:${line.toString().trim()}`
  const pulse = takePulse(url)

  try {
    expect(await pulse.restingMs()).toBe(0)
    await expect.poll(() => pulse.restingMs(), { timeout: 20_000 }).toBeGreaterThan(500)
    await fetch(`${url}/work`)

    await expect.poll(() => pulse.restingMs(), { timeout: 20_000 }).toBe(0)
  } finally {
    child.kill('SIGKILL')
  }
})

it('says nothing of what it cannot see', async () => {
  expect(await takePulse('http://127.0.0.1:9').restingMs()).toBeNull()
})
