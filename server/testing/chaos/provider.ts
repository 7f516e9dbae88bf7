import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { root } from '#server/stack/env.ts'
import { pickPort } from '#server/stack/ports.ts'
import { keep, type Keeper, type Line } from './keeper.ts'
import { quickStart } from './plans.ts'
import { type Proxy, startProxy } from './proxy.ts'
import type { ChaosStack } from './stack.ts'

/** The worker that renders at Replicate's stand-in, and the lines between it, the server and the stand-in. */
export type Provider = {
  worker: Keeper
  standin: Keeper
  control: Proxy
  remote: Proxy
  data: string
  steer: (patience: number) => Promise<void>
  /** Everything that was created there so far, oldest first. */
  predictions: () => Promise<Prediction[]>
}

const prediction = z.object({ id: z.string(), status: z.string() })
export type Prediction = z.infer<typeof prediction>

async function countOf(address: string): Promise<number> {
  const headers = { 'content-type': 'application/json' }
  const answer = await fetch(`${address}/standin/faults`, { method: 'POST', headers, body: '[]' })
  return z.object({ predictions: z.number() }).parse(await answer.json()).predictions
}

async function listOf(address: string, token: string): Promise<Prediction[]> {
  const answer = await fetch(`${address}/v1/predictions`, { headers: { authorization: `Bearer ${token}` } })
  const body = answer.ok ? await answer.json() : { results: [] }
  return z
    .object({ results: z.array(prediction) })
    .parse(body)
    .results.toReversed()
}

/** Starts the stand-in and its worker. It renders nothing unless a run's settings allow it. */
export async function addProvider(stack: ChaosStack): Promise<Provider> {
  const data = await mkdtemp(join(tmpdir(), 'forge-chaos-provider-'))
  const controlFile = join(data, 'control.json')
  const steer = (patience: number) => writeFile(controlFile, JSON.stringify({ clockMs: 0, diskFull: false, patience }))
  await Promise.all([steer(1), mkdir(join(data, 'worker'))])
  const print = (line: Line) => void stack.lines.push(line)
  const token = `standin_${randomBytes(16).toString('hex')}`
  const port = await pickPort(0)
  const address = `http://127.0.0.1:${port}`
  const standin = await keep(
    {
      name: 'replicate',
      script: 'worker/standin/replicate/main.ts',
      env: {
        ...quickStart,
        REPLICATE_STANDIN_PORT: String(port),
        REPLICATE_API_TOKEN: token,
        REPLICATE_STANDIN_STEP_MS: '15',
        REPLICATE_STANDIN_START_MS: '60',
      },
      probe: `${address}/health`,
      readyWithinMs: 20_000,
    },
    { root, print },
  )
  const remote = await startProxy(() => address)
  const control = await startProxy(() => stack.page.url)
  const worker = await keep(
    {
      name: 'provider',
      script: 'worker/main.ts',
      env: {
        ...quickStart,
        NODE_OPTIONS: `--import ${join(import.meta.dirname, 'quicken.ts')}`,
        CHAOS_CONTROL: controlFile,
        FORGE_SERVER_URL: control.url,
        FORGE_WORKER_KEY: stack.providerKey,
        REPLICATE_API_TOKEN: token,
        REPLICATE_API_URL: `${remote.url}/v1`,
        WORKER_DATA: join(data, 'worker'),
        WORKFLOWS_DIR: stack.workflows,
        POLL_MS: '400',
        LOG_LEVEL: 'debug',
      },
      probe: null,
      readyWithinMs: 60_000,
    },
    { root, print },
  )
  const stopRest = stack.stop
  stack.stop = async () => {
    for (const part of [worker, control, remote, standin]) await part.stop()
    await rm(data, { recursive: true, force: true })
    await stopRest()
  }
  stack.secrets['the provider token'] = token
  return {
    worker,
    standin,
    control,
    remote,
    data,
    steer,
    async predictions() {
      for (;;) {
        const [made, listed] = await Promise.all([countOf(address), listOf(address, token)])
        // A fault of the list hides what is new for some looks.
        if (listed.length >= made) return listed
      }
    },
  }
}
