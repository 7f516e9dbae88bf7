import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { pino } from 'pino'
import { expect, test } from 'vitest'
import { listen } from '#server/listen.ts'
import { createLocalBoxes } from '#server/standin/runpod/local-boxes.ts'
import { createRunpodStandin, quickTimings } from '#server/standin/runpod/standin.ts'
import { startLiveServer } from '#server/testing/live-server.ts'
import { wishOf } from '#server/testing/pressing.ts'
import { tickCapacity } from './tick.ts'

const apiKey = 'rpa_of_the_tests'
const log = pino({ level: 'silent' })

/** Asks again until the answer passes; fails with the last one when it never does. */
async function until<T>(ask: () => Promise<T>, passes: (answer: T) => boolean): Promise<T> {
  for (const end = Date.now() + 60_000; ;) {
    const answer = await ask()
    if (passes(answer) || Date.now() > end) return answer
    await wait(100)
  }
}

test('nobody is there, somebody presses: a box is rented, makes the image, and is given back with its rent in the books', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'forge-boxes-'))
  const runner = createLocalBoxes({ dataDir, coldMs: 0, stepMs: 1, log, print: () => undefined })
  const timings = { ...quickTimings, provisionMs: 0 }
  const standin = createRunpodStandin({ apiKey, endpointId: 'ep1', timings, runner })
  const runpod = await listen(standin.app.fetch, '127.0.0.1', 0)
  await using server = await startLiveServer({
    RUNPOD_API_KEY: apiKey,
    RUNPOD_ENDPOINT_ID: 'ep1',
    RUNPOD_ENDPOINT_USD_PER_HOUR: '36',
    RUNPOD_API_URL: runpod.url,
    RUNPOD_JOBS_URL: runpod.url,
  })
  try {
    const { deps, db } = server
    const { capacity } = deps
    if (capacity === null) throw new Error('no capacity')
    capacity.serverUrl = server.url
    await db.pool.query('update settings set capacity_idle_s = 0, capacity_cool_s = 0, capacity_hourly_usd = null')
    const boxes = async () => (await db.pool.query('select state, reason, usd_micros::int as micros from boxes')).rows
    await tickCapacity(deps)
    expect(await boxes()).toEqual([])

    const guest = await server.anonymous()
    const { jobs } = await guest.api.forge.create.mutate(await wishOf(guest))
    const id = jobs[0]?.id ?? ''
    await tickCapacity(deps)
    const waiting = await guest.api.forge.get.query({ id })
    const done = await until(
      () => guest.api.forge.get.query({ id }),
      ({ status }) => status === 'succeeded' || status === 'failed',
    )
    const rented = await boxes()
    const left = await until(
      async () => {
        await tickCapacity(deps)
        return boxes()
      },
      ([box]) => box?.state === 'gone',
    )
    await tickCapacity(deps)
    const { rows: spent } = await db.pool.query('select usd_micros::int as micros from spend_days')

    expect(waiting.queue).toMatchObject({ workersOnline: 0, startingMs: expect.any(Number) })
    expect([done.status, rented]).toMatchObject(['succeeded', [{ state: 'up' }]])
    expect(left).toMatchObject([{ state: 'gone', reason: 'idle' }])
    expect(spent[0]?.micros).toBe(left[0]?.micros)
    expect(standin.boxes.alive()).toEqual([])
  } finally {
    await runner.stopAll()
    await runpod.close(500)
    await rm(dataDir, { recursive: true, force: true })
  }
}, 180_000)
