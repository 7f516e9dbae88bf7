import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { describe, expect, it } from 'vitest'
import sharp from 'sharp'
import { WebSocket } from 'ws'
import { watchTimes } from '#worker/core/watch-rule.ts'
import { TestClient } from '#worker/standin/testing/client.ts'
import { forClient, openDriver, type Driver } from '#worker/testing/comfy/driver.ts'

/** Sampling under way: the first step has been heard. */
async function whileSampling(driver: Driver, steps: number) {
  const prompt = await driver.bind({ steps })
  const seen: number[] = []
  const heard = { seen, last: () => seen.at(-1) ?? 0 }
  const outcome = driver.run(prompt, {
    times: { ...watchTimes, pollMs: 100, muteMs: 400 },
    onProgress: ({ step }) => void seen.push(step),
  })
  await expect.poll(heard.last, { timeout: 60_000 }).toBeGreaterThan(0)
  return { prompt, outcome, heard }
}

describe('the socket of a real ComfyUI', { timeout: 120_000 }, () => {
  it('pitfall 1: is orphaned by a second connection of its id that ends; progress comes back and the result is found', async () => {
    using driver = openDriver()
    const { outcome, heard } = await whileSampling(driver, 150)

    const second = await TestClient.open(driver.url, { id: driver.socket.clientId })
    await second.close()
    const before = heard.last()
    const done = await outcome

    expect(done.kind).toBe('done')
    expect(heard.last()).toBeGreaterThan(before + 5)
  })

  it('pitfall 1: is cut in mid-job; it comes back under the same id and hears the same prompt', async () => {
    using driver = openDriver()
    const { outcome, heard } = await whileSampling(driver, 150)

    driver.socket.reconnect()
    const before = heard.last()
    const done = await outcome

    expect(done.kind).toBe('done')
    expect(heard.last()).toBeGreaterThan(before + 5)
  })

  it('pitfall 2: stays useful beside a client that never reads', async () => {
    using driver = openDriver()
    const silent = new WebSocket(`${driver.url.replace('http', 'ws')}/api/ws?clientId=${randomUUID()}`)
    await once(silent, 'open')
    silent.pause()

    for (let run = 0; run < 5; run += 1) expect((await driver.run(await driver.bind({ steps: 20 }))).kind).toBe('done')
    silent.terminate()
  })

  it('pitfall 4: ends a prompt with "executing null", after its output and its success', async () => {
    using driver = openDriver()
    const { graph } = await driver.bind()
    const client = await TestClient.open(driver.url)

    await client.run(forClient(graph))
    const lines = client.lines.filter((line) => !line.startsWith('status'))
    await client.close()

    expect(lines.slice(-2)).toEqual(['execution_success', 'executing None'])
    expect(lines).toContain('executed out')
  })

  it('pitfall 25: sends previews with the prompt they are of, as pictures that decode', async () => {
    using driver = openDriver()
    const prompt = await driver.bind({ steps: 8 })
    const frames: { promptId: string | undefined; bytes: Uint8Array }[] = []

    await driver.run(prompt, { onPreview: (frame) => void frames.push(frame) })

    expect(frames.length).toBeGreaterThanOrEqual(4)
    expect(new Set(frames.map(({ promptId }) => promptId))).toEqual(new Set([prompt.id]))
    const { width, height } = await sharp(frames.at(-1)?.bytes).metadata()
    expect(Math.max(width, height)).toBeLessThanOrEqual(512)
  })

  it('pitfall 25: gives a client that negotiated nothing previews without one', async () => {
    using driver = openDriver()
    const { graph } = await driver.bind({ nonce: randomUUID() })
    const client = await TestClient.open(driver.url, { negotiate: false })

    await client.run(forClient(graph))
    const kinds = client.lines.filter((line) => line.startsWith('binary'))
    await client.close()

    expect(new Set(kinds)).toEqual(new Set(['binary 1']))
  })
})
