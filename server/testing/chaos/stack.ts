import { randomBytes } from 'node:crypto'
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { root } from '#server/stack/env.ts'
import { pickPort } from '#server/stack/ports.ts'
import { signToken } from '#supabase/local/auth/tokens.ts'
import type { LocalKeys } from '#supabase/local/context.ts'
import { loadKeys } from '#supabase/local/keys.ts'
import { prepareDatabase } from '#supabase/local/prepare.ts'
import { type Cluster, startCluster } from './cluster.ts'
import { keep, type Keeper, type Line } from './keeper.ts'
import type { Provider } from './provider.ts'
import { enginePlan, quickStart, quickWorkflows, workerTimes } from './plans.ts'
import { type Proxy, startProxy } from './proxy.ts'
import { type Rented, startRented } from './rented.ts'
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts'

/** A box: a worker and its stand-in, with the lines between them and to us. */
export type Box = {
  worker: Keeper
  engine: Keeper
  /** Worker → server, and worker → ComfyUI. */
  control: Proxy
  comfy: Proxy
  data: string
  /** Sets this worker's clock, fills its disk, and says how many times longer than on an idle machine it waits. */
  steer: (state: { clockMs?: number; diskFull?: boolean; patience?: number }) => Promise<void>
}

/** The name under which a box is known, which its worker has made at its first start. */
export const instanceOf = async ({ data }: Box) => (await readFile(join(data, 'worker', 'instance'), 'utf8')).trim()

/** The whole studio as processes, with a proxy in every line that a fault can be put into. */
export type ChaosStack = {
  cluster: Cluster
  keys: LocalKeys
  /** API → Postgres. */
  wire: TcpProxy
  /** Server and workers → API; its address is the project's URL. */
  api: Proxy
  apiProcess: Keeper
  server: Keeper
  /** Browsers → server, browsers → Realtime. */
  page: Proxy
  sockets: Proxy
  boxes: Box[]
  /** null until it is added. */
  provider: Provider | null
  /** null unless boxes may be rented in this batch. */
  rented: Rented | null
  /** Has the server do now what it does every few seconds. */
  tick: () => Promise<void>
  /** Every line that any part has printed, in order; emptied between runs. */
  lines: Line[]
  objects: string
  /** The folder of workflows that all parts read. */
  workflows: string
  secrets: Record<string, string>
  workerKey: string
  providerKey: string
  token: (owner: string, seconds?: number, anonymous?: boolean) => Promise<string>
  stop: () => Promise<void>
}

const proxied = (proxy: { heal: () => void }) => proxy.heal()

/** All processes. */
export const partsOf = (stack: ChaosStack) => [
  stack.server,
  stack.apiProcess,
  ...stack.boxes.flatMap(({ worker, engine }) => [worker, engine]),
  ...(stack.provider ? [stack.provider.worker, stack.provider.standin] : []),
]

/** Every line good again. */
export function healAll(stack: ChaosStack): void {
  for (const proxy of [stack.wire, stack.api, stack.page, stack.sockets]) proxied(proxy)
  if (stack.rented) proxied(stack.rented.line)
  for (const box of stack.boxes) [box.control, box.comfy].forEach(proxied)
  if (stack.provider) [stack.provider.control, stack.provider.remote].forEach(proxied)
}

/** Starts everything but the workers, which need a key that the world makes: see `addBox`. */
export async function startChaosStack({ rents }: { rents: boolean }): Promise<ChaosStack> {
  const folder = await mkdtemp(join(tmpdir(), 'forge-chaos-'))
  // Started as root, Postgres runs as another account and must get through.
  await chmod(folder, 0o711)
  const stops: (() => Promise<unknown>)[] = [() => rm(folder, { recursive: true, force: true })]
  const stop = async () => {
    for (const end of stops.toReversed()) await end()
  }
  const lines: Line[] = []
  try {
    return await build({ folder, lines, rents }, stops, stop)
  } catch (error) {
    for (const { part, text } of lines.slice(-20)) process.stderr.write(`${part} ${text}\n`)
    await stop()
    throw error
  }
}

async function build(
  { folder, lines, rents }: { folder: string; lines: Line[]; rents: boolean },
  stops: (() => Promise<unknown>)[],
  stop: () => Promise<void>,
): Promise<ChaosStack> {
  const print = (line: Line) => void lines.push(line)
  const kept = <T extends { stop: () => Promise<unknown> }>(part: T): T => {
    stops.push(() => part.stop())
    return part
  }
  const keys = await loadKeys(folder)
  const cluster = kept(await startCluster(folder, keys.databasePassword))
  await prepareDatabase(cluster.adminUrl, { migrationsDir: join(root, 'supabase/migrations') })
  const wire = kept(await startTcpProxy(cluster.port))
  const apiPort = await pickPort(0)
  const api = kept(await startProxy(() => `http://127.0.0.1:${apiPort}`))
  const sockets = kept(await startProxy(() => `http://127.0.0.1:${apiPort}`))
  const adminUrl = cluster.adminUrl.replace(`:${cluster.port}/`, `:${wire.port}/`)
  const objects = join(folder, 'objects')
  const workflows = join(folder, 'workflows')
  await quickWorkflows(workflows)
  const apiProcess = kept(
    await keep(
      {
        name: 'api',
        script: 'server/testing/chaos/api-process.ts',
        env: {
          ...quickStart,
          CHAOS_ADMIN_URL: adminUrl,
          CHAOS_KEYS: folder,
          CHAOS_OBJECTS: objects,
          CHAOS_PORT: String(apiPort),
          CHAOS_PUBLIC_URL: api.url,
        },
        probe: `http://127.0.0.1:${apiPort}/health`,
        readyWithinMs: 20_000,
      },
      { root, print },
    ),
  )
  const serverPort = await pickPort(0)
  const bucketSecret = randomBytes(32).toString('base64url')
  const cronSecret = randomBytes(24).toString('base64url')
  const serverUrl = `http://127.0.0.1:${serverPort}`
  const page = kept(await startProxy(() => serverUrl))
  const rented = rents ? kept(await startRented({ folder, lines, serverUrl: page.url, workflows })) : null
  const more = { ...rented?.env, CRON_SECRET: cronSecret, WORKFLOWS_DIR: workflows }
  const server = kept(
    await keep(serverPlan({ port: serverPort, supabaseUrl: api.url, keys, bucketSecret, more }), { root, print }),
  )
  const newKey = () => `fwk_${randomBytes(24).toString('base64url')}`
  const workerKey = newKey()
  const providerKey = newKey()
  return {
    cluster,
    keys,
    wire,
    api,
    apiProcess,
    server,
    page,
    sockets,
    boxes: [],
    provider: null,
    rented,
    async tick() {
      const signal = AbortSignal.timeout(10_000)
      const headers = { authorization: `Bearer ${cronSecret}` }
      await fetch(`${serverUrl}/tick`, { headers, signal }).then((answer) => answer.arrayBuffer())
    },
    lines,
    objects,
    workflows,
    secrets: {
      'the secret key': keys.secretKey,
      'the database password': keys.databasePassword,
      'the signing key': String(keys.signingKey['d']),
      'the bucket secret': bucketSecret,
      'the worker key': workerKey,
      'the key of the provider': providerKey,
      'the secret of the tick': cronSecret,
      ...(rented === null ? {} : { 'the key of the account': rented.env['RUNPOD_API_KEY'] ?? '' }),
    },
    workerKey,
    providerKey,
    token(owner, seconds = 3_600, anonymous = false) {
      const iat = Math.floor(Date.now() / 1_000)
      const claims = { sub: owner, role: 'authenticated', is_anonymous: anonymous, iat, exp: iat + seconds }
      return signToken(keys, api.url, claims)
    },
    stop,
  }
}

type ServerWish = {
  port: number
  supabaseUrl: string
  keys: LocalKeys
  bucketSecret: string
  more: Readonly<Record<string, string>>
}

function serverPlan({ port, supabaseUrl, keys, bucketSecret, more }: ServerWish) {
  return {
    name: 'server',
    script: 'server/node.ts',
    env: {
      ...quickStart,
      PORT: String(port),
      SUPABASE_URL: supabaseUrl,
      SUPABASE_PUBLISHABLE_KEY: keys.publishableKey,
      SUPABASE_SECRET_KEY: keys.secretKey,
      SUPABASE_JWT_SIGNING_KEY: JSON.stringify(keys.signingKey),
      FORGE_BUCKET_SECRET: bucketSecret,
      RATE_ACCOUNT_MUTATIONS: '100000',
      RATE_ADDRESS_MUTATIONS: '100000',
      RATE_ADDRESS_QUERIES: '100000',
      LOG_LEVEL: 'info',
      ...more,
    },
    probe: `http://127.0.0.1:${port}/health/live`,
    readyWithinMs: 20_000,
  }
}

/** Starts one more box. A worker that says that its ComfyUI is stuck gets a new one, as `worker/image` does it. */
export async function addBox(stack: ChaosStack, index: number): Promise<Box> {
  const name = String(index)
  const data = await mkdtemp(join(tmpdir(), 'forge-chaos-box-'))
  const controlFile = join(data, 'control.json')
  let state = { clockMs: 0, diskFull: false, patience: 1 }
  const steer: Box['steer'] = async (change) => {
    state = { ...state, ...change }
    await writeFile(controlFile, JSON.stringify(state))
  }
  await steer({})
  await mkdir(join(data, 'worker'))
  const print = (line: Line) => void stack.lines.push(line)
  const enginePort = await pickPort(0)
  const engine = await keep(enginePlan(name, enginePort), { root, print })
  const comfy = await startProxy(() => `http://127.0.0.1:${enginePort}`)
  const control = await startProxy(() => stack.page.url)
  const plan = {
    name: `worker-${name}`,
    script: 'worker/main.ts',
    env: {
      ...quickStart,
      ...workerTimes(controlFile, stack.workflows),
      FORGE_SERVER_URL: control.url,
      FORGE_WORKER_KEY: stack.workerKey,
      COMFY_URL: comfy.url,
      WORKER_DATA: join(data, 'worker'),
    },
    probe: null,
    readyWithinMs: 60_000,
  }
  const worker = await keep(plan, {
    root,
    print,
    async onEnd(how) {
      // 3: ComfyUI is stuck; 4: the box is to be replaced, and the next one has its own name.
      if (how !== 'exit code 3' && how !== 'exit code 4') return
      if (how === 'exit code 4') await rm(join(data, 'worker', 'instance'), { force: true })
      engine.signal('SIGKILL')
      await wait(30)
      await engine.up()
    },
  })
  const box = { worker, engine, control, comfy, data, steer }
  stack.boxes[index] = box
  const stopRest = stack.stop
  stack.stop = async () => {
    for (const part of [worker, comfy, control, engine]) await part.stop()
    await rm(data, { recursive: true, force: true })
    await stopRest()
  }
  return box
}
