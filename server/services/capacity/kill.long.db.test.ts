import { randomUUID } from 'node:crypto'
import process from 'node:process'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { listen } from '#server/listen.ts'
import { root } from '#server/stack/env.ts'
import { type Part, startPart } from '#server/stack/part.ts'
import { pickPort } from '#server/stack/ports.ts'
import { createRunpodStandin, quickTimings } from '#server/standin/runpod/standin.ts'
import { type LiveServer, startLiveServer } from '#server/testing/live-server.ts'
import { wishOf } from '#server/testing/pressing.ts'
import { until } from '#server/testing/provider-process.ts'
import { expectInvariants } from '#supabase/tests/invariants.ts'

const apiKey = 'rpa_of_the_tests'

let live: LiveServer
let runpod: Awaited<ReturnType<typeof startRunpod>>
let running: Part | null

beforeEach(async () => {
  live = await startLiveServer()
  runpod = await startRunpod()
  running = null
})
afterEach(async () => {
  await running?.stop()
  await expectInvariants(live.db)
  await runpod.close(500)
  await live[Symbol.asyncDispose]()
})

/** RunPod's stand-in, which kills whoever asks it for the first pod: before it makes it, or before it answers. */
async function startRunpod() {
  const standin = createRunpodStandin({ apiKey, endpointId: 'none', timings: quickTimings })
  const state = { killAt: null as 'before' | 'after' | null, creates: 0, looks: 0, victim: () => {} }
  const server = await listen(
    async (request) => {
      const { pathname } = new URL(request.url)
      const isCreate = request.method === 'POST' && pathname === '/v2/pods'
      if (!isCreate && pathname === '/v2/pods') state.looks += 1
      if (!isCreate) return standin.app.fetch(request)
      state.creates += 1
      const { killAt } = state
      state.killAt = null
      if (killAt === 'before') {
        state.victim()
        return new Response(null, { status: 503 })
      }
      const answer = await standin.app.fetch(request)
      if (killAt === 'after') state.victim()
      return answer
    },
    '127.0.0.1',
    0,
  )
  return { ...server, standin, state }
}

/** The server as a process of its own, which ticks; the one in this process only takes the press. */
async function startServer(): Promise<Part> {
  const { env } = live
  const port = await pickPort(0)
  const part = await startPart(
    {
      name: 'server',
      script: 'server/node.ts',
      env: {
        PORT: String(port),
        SUPABASE_URL: env.SUPABASE_URL,
        SUPABASE_PUBLISHABLE_KEY: env.SUPABASE_PUBLISHABLE_KEY,
        SUPABASE_SECRET_KEY: env.SUPABASE_SECRET_KEY,
        SUPABASE_JWT_SIGNING_KEY: JSON.stringify(env.SUPABASE_JWT_SIGNING_KEY),
        FORGE_BUCKET_SECRET: env.FORGE_BUCKET_SECRET,
        RUNPOD_API_KEY: apiKey,
        RUNPOD_POD_IMAGE: 'forge/worker:1',
        RUNPOD_API_URL: runpod.url,
        RUNPOD_JOBS_URL: runpod.url,
        CAPACITY_SERVER_URL: live.url,
      },
      probe: `http://127.0.0.1:${port}/health/live`,
      readyWithinMs: 60_000,
    },
    { root, print: () => undefined },
  )
  running = part
  runpod.state.victim = () => process.kill(part.pid, 'SIGKILL')
  return part
}

const boxes = async () =>
  (await live.db.pool.query('select name, state::text, remote_id, reason from boxes order by asked_at')).rows as {
    name: string
    state: string
    remote_id: string | null
    reason: string | null
  }[]
/** As if the lease of the killed one had run out, and that much time had passed since it asked. */
const pass = (span: string) =>
  live.db.pool.query(
    `with l as (update private.capacity_lease set until = '-infinity')
     update boxes set asked_at = asked_at - '${span}'::interval, booked_until = booked_until - '${span}'::interval`,
  )

async function press(): Promise<void> {
  await live.db.pool.query(`update settings set capacity_max = 1, capacity_cool_s = 0`)
  const guest = await live.anonymous()
  // A server that offers boxes was seen a moment ago: that is why the press is taken and waits.
  await guest.api.forge.create.mutate({ ...(await wishOf(guest)), requestId: randomUUID() })
}

it('killed after the pod was made and before its answer: the next process finds it by its name and asks for no other', async () => {
  runpod.state.killAt = 'after'
  const first = await startServer()
  await press()
  await first.exited
  const left = await boxes()
  await pass('1 s')
  await startServer()
  const found = await until(async () => (await boxes()).find((box) => box.remote_id !== null), 'it is found')

  expect(left).toMatchObject([{ state: 'asked', remote_id: null }])
  expect(found.name).toBe(left[0]?.name)
  expect([runpod.state.creates, runpod.standin.boxes.alive().length, (await boxes()).length]).toEqual([1, 1, 1])
})

it('killed between intent and call: the row is given up once no list shows it, and one other is asked for', async () => {
  runpod.state.killAt = 'before'
  const first = await startServer()
  await press()
  await first.exited
  const left = await boxes()
  await pass('130 s')
  await startServer()
  await until(async () => (await boxes()).some((box) => box.remote_id !== null), 'another is asked for')

  expect(left).toMatchObject([{ state: 'asked', remote_id: null }])
  expect(await boxes()).toMatchObject([{ reason: 'lost' }, { state: 'starting', reason: null }])
  expect(runpod.standin.boxes.alive()).toHaveLength(1)
})

it('two servers that tick at the same time rent one box', async () => {
  const first = await startServer()
  await startServer()
  await press()
  await until(async () => (await boxes()).some((box) => box.remote_id !== null), 'one is rented')
  const looks = runpod.state.looks + 2
  await until(() => runpod.state.looks > looks, 'it was looked at again and again')
  await first.stop()

  expect([runpod.state.creates, runpod.standin.boxes.alive().length]).toEqual([1, 1])
})
