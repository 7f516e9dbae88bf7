import { spawn } from 'node:child_process'
import { randomBytes, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { RealtimeClient } from '@supabase/realtime-js'
import { pino } from 'pino'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { hashKey } from '#server/services/worker/session.ts'
import { startLiveServer, type Person } from '#server/testing/live-server.ts'
import { frameMessage, type FrameMessage } from '#shared/realtime/schema.ts'
import { topics } from '#shared/realtime/topics.ts'
import { readEnv } from './env.ts'
import { runWorker } from './start.ts'
import { eventually } from './testing/bench-box.ts'
import { noisyImage } from './testing/images.ts'
import { startStandinProcess, type StandinProcess } from './testing/standin-process.ts'

type Live = Awaited<ReturnType<typeof startLiveServer>>

let live: Live
let comfy: StandinProcess
let data: string
const stop = new AbortController()
const logs: string[] = []
let key: string
let ended: Promise<string>

beforeAll(async () => {
  live = await startLiveServer()
  comfy = await startStandinProcess({ STANDIN_STEP_MS: '60' })
  data = await mkdtemp(join(tmpdir(), 'forge-worker-'))
  key = `fwk_${randomBytes(24).toString('base64url')}`
  const args = ['box', hashKey(key), 'local', 'own']
  await live.db.pool.query('select public.create_worker_key($1, $2, $3, $4)', args)
  await live.changeSettings(`variants = '{"remix":"dev"}'`)
  // It does not poll within this test: only the bell explains that a job begins.
  const env = { ...readEnv(settings(data)), POLL_MS: 600_000 }
  const log = pino({ level: 'debug' }, { write: (line: string) => void logs.push(line) })
  ended = runWorker({ env, log, graceMs: 500 }, stop.signal)
  await eventually(() => logs.some((line) => line.includes('doorbell connected')), 'the worker is ready')
})

afterAll(async () => {
  stop.abort()
  await ended
  await comfy.stop()
  await live[Symbol.asyncDispose]()
  await rm(data, { recursive: true, force: true })
})

function settings(folder: string): Record<string, string> {
  return {
    FORGE_SERVER_URL: live.url,
    FORGE_WORKER_KEY: key,
    COMFY_URL: comfy.url,
    WORKER_DATA: folder,
  }
}

async function press(person: Person): Promise<string> {
  const bytes = await noisyImage(640, 480, 'jpeg')
  const ticket = await person.api.assets.requestUpload.mutate({ mime: 'image/jpeg', bytes: bytes.byteLength })
  const put = await fetch(ticket.url, { method: 'PUT', headers: ticket.headers, body: new Uint8Array(bytes) })
  expect(put.ok).toBe(true)
  const asset = await person.api.assets.confirm.mutate({ uploadId: ticket.uploadId })
  const { jobs } = await person.api.forge.create.mutate({
    requestId: randomUUID(),
    mode: 'remix',
    prompt: 'a rusted cathedral',
    creativity: 60,
    chaos: 30,
    inputs: [{ assetId: asset.id, role: 'base' }],
    purse: 'free',
    expectedPrice: 1,
  })
  return jobs[0]?.id ?? ''
}

function watchFrames(person: Person, job: string): { frames: FrameMessage[]; close: () => Promise<void> } {
  const client = new RealtimeClient(`${live.env.SUPABASE_URL.replace('http', 'ws')}/realtime/v1`, {
    params: { apikey: live.env.SUPABASE_PUBLISHABLE_KEY },
    accessToken: async () => person.token,
  })
  const frames: FrameMessage[] = []
  client
    .channel(topics.job(job, 1), { config: { private: true } })
    .on('broadcast', { event: 'frame' }, ({ payload }) => void frames.push(frameMessage.parse(payload)))
    .subscribe()
  return {
    frames,
    async close() {
      await client.removeAllChannels()
      await client.disconnect()
    },
  }
}

describe('the worker on the real server, database and Realtime', { timeout: 40_000 }, () => {
  it('is woken by the bell, streams frames to the owner and hands the image in', async () => {
    const person = await live.anonymous()

    const job = await press(person)
    const watch = watchFrames(person, job)
    await eventually(async () => (await person.api.forge.get.query({ id: job })).status !== 'queued', 'it is claimed')
    const view = await eventually(async () => {
      const seen = await person.api.forge.get.query({ id: job })
      return seen.status === 'queued' || seen.status === 'running' ? null : seen
    }, 'it ends')
    await watch.close()

    expect(view).toMatchObject({ status: 'succeeded', epoch: 1, step: 28, steps: 28, standIn: true, errorCode: null })
    expect(view.outputs.map((asset) => asset.kind).toSorted()).toEqual(['output', 'preview', 'thumb', 'timeline'])
    const output = view.outputs.find((asset) => asset.kind === 'output')
    const full = await sharp(await (await fetch(output?.url ?? '')).arrayBuffer()).metadata()
    expect([full.format, full.width, full.height]).toEqual(['png', output?.width, output?.height])
    expect(watch.frames.length).toBeGreaterThan(0)
    expect(watch.frames.map((frame) => frame.seq)).toEqual(
      watch.frames.map((frame) => frame.seq).toSorted((a, b) => a - b),
    )
  })

  it('stops at once when the owner cancels, and gives the free image back', async () => {
    const person = await live.permanent()
    const job = await press(person)
    await eventually(async () => (await person.api.forge.get.query({ id: job })).step > 0, 'it samples')

    const { job: view } = await person.api.forge.cancel.mutate({ id: job })
    await eventually(async () => (await comfy.remaining()) === 0, 'ComfyUI is interrupted')

    expect(view.status).toBe('canceled')
    await eventually(
      () => logs.some((line) => line.includes(job) && line.includes('"outcome":"dropped"')),
      'it is dropped',
    )
  })

  it('is gone after SIGTERM, with its channels open, and nobody waits for it any more', async () => {
    const child = spawn(process.execPath, [join(import.meta.dirname, 'main.ts')], {
      env: { PATH: process.env['PATH'], ...settings(await mkdtemp(join(data, 'second-'))) },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    onTestFinished(() => void child.kill('SIGKILL'))
    for await (const line of createInterface({ input: child.stdout })) if (line.includes('doorbell connected')) break

    child.kill('SIGTERM')

    expect(await once(child, 'exit')).toEqual([0, null])
    const { rows: boxes } = await live.db.pool.query('select left_at is null as here from workers order by first_seen')
    expect(boxes).toEqual([{ here: true }, { here: false }])
  })
})
