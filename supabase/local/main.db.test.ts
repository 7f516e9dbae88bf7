import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'

import { createClient } from '@supabase/supabase-js'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { z } from 'zod'

import { loadKeys } from './keys.ts'
import { isAlive } from './postgres/leftover.ts'
import { removeCluster } from './postgres/place.ts'

let top: string
let dataDir: string
const running = new Set<ChildProcess>()

beforeEach(async () => {
  top = await mkdtemp(join(tmpdir(), 'forge-main-test-'))
  // As root the server runs under another account, which must be able to enter.
  await chmod(top, 0o711)
  dataDir = join(top, 'data')
})
afterEach(async () => {
  for (const child of running) child.kill('SIGKILL')
  running.clear()
  await removeCluster(join(dataDir, 'postgres'))
  await rm(top, { recursive: true, force: true })
})

const logLine = z.looseObject({ level: z.number(), msg: z.string(), url: z.string().optional() })

type Run = { child: ChildProcess; url: string; said: string[] }

/** Runs main.ts until it says `ready`, or ends. */
async function run(env: Record<string, string> = {}): Promise<Run> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'main.ts')], {
    env: { PATH: '/usr/bin:/bin', FORGE_DATA: dataDir, SUPABASE_PORT: '0', POSTGRES_PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  running.add(child)
  const said: string[] = []
  const lines = createInterface({ input: child.stdout })
  const url = await new Promise<string>((done) => {
    lines.on('line', (line) => {
      const { msg, url } = logLine.parse(JSON.parse(line))
      said.push(msg)
      if (msg === 'ready') done(url ?? '')
    })
    child.once('exit', () => done(''))
  })
  return { child, url, said }
}

async function postmaster(): Promise<number> {
  return Number.parseInt(await readFile(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8'), 10)
}

async function stop(child: ChildProcess, signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
  const ended = once(child, 'exit')
  child.kill(signal)
  const [code] = (await ended) as [number | null]
  return code
}

test('it starts from nothing, keeps keys and accounts between runs, and stops on SIGTERM', async () => {
  const first = await run()
  const keys = await loadKeys(dataDir)
  const visitor = createClient(first.url, keys.publishableKey, {
    auth: { persistSession: false, autoRefreshToken: false },
  })
  const { data } = await visitor.auth.signInAnonymously()
  expect((await fetch(`${first.url}/health`)).status).toBe(200)
  expect(await stop(first.child)).toBe(0)
  expect((await stat(join(dataDir, 'keys.json'))).mode & 0o777).toBe(0o600)

  const second = await run()
  const service = createClient(second.url, keys.secretKey, { auth: { persistSession: false, autoRefreshToken: false } })
  const { data: found } = await service.auth.admin.getUserById(data.user?.id ?? '')

  expect(found.user?.id).toBe(data.user?.id)
  expect(await loadKeys(dataDir)).toEqual(keys)
  expect(await stop(second.child, 'SIGINT')).toBe(0)
})

test('killed, it leaves no database behind', async () => {
  const { child } = await run()
  const pid = await postmaster()

  await stop(child, 'SIGKILL')

  for (const end = Date.now() + 10_000; isAlive(pid) && Date.now() < end;) await sleep(20)
  expect(isAlive(pid)).toBe(false)
})

test('a taken port is one sentence and leaves nothing running', async () => {
  const taken = createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  const { port } = taken.address() as AddressInfo

  const { child, said } = await run({ SUPABASE_PORT: String(port) })

  expect(child.exitCode).toBe(1)
  expect(said.at(-1)).toBe(`Port ${port} is in use by another program; set SUPABASE_PORT to a free one`)
  taken.close()
})

test('a foreign Host is refused, over WebSocket too', async () => {
  const { child, url } = await run()
  const { port } = new URL(url)
  const raw = async (text: string): Promise<string> => {
    const socket = connect(Number(port), '127.0.0.1')
    socket.end(text)
    let answer = ''
    for await (const chunk of socket) answer += String(chunk)
    return answer
  }

  expect(await raw('GET /health HTTP/1.1\r\nHost: rebound.example\r\nConnection: close\r\n\r\n')).toMatch(
    /^HTTP\/1.1 403/,
  )
  const upgrade =
    'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n'
  expect(await raw(`GET /realtime/v1/websocket?apikey=x HTTP/1.1\r\nHost: rebound.example\r\n${upgrade}`)).toBe('')
  await stop(child)
})
