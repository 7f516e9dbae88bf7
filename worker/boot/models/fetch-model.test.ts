import { createHash, randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { z } from 'zod'
import { downloadDefaults, fetchModel, type DownloadOptions } from './fetch-model.ts'

const bytes = randomBytes(1_000_003)
const sha256 = createHash('sha256').update(bytes).digest('hex')
const signal = AbortSignal.timeout(20_000)
const options: DownloadOptions = {
  ...downloadDefaults,
  partBytes: 100_000,
  reserveBytes: 0,
  retries: 2,
  stallMs: 5_000,
}

type Host = { requests: IncomingMessage[]; answer: (request: IncomingMessage, response: ServerResponse) => void }
const host: Host = { requests: [], answer: () => {} }
const server = createServer((request, response) => {
  host.requests.push(request)
  host.answer(request, response)
})
let origin = ''
let folder = ''

function serve(request: IncomingMessage, response: ServerResponse, body: Uint8Array = bytes): void {
  const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '')
  const [from, to] = [Number(range?.[1] ?? 0), Number(range?.[2] ?? body.byteLength - 1)]
  response.writeHead(range ? 206 : 200, {
    etag: '"one"',
    'content-length': to - from + 1,
    ...(range && { 'content-range': `bytes ${from}-${to}/${body.byteLength}` }),
  })
  response.end(body.subarray(from, to + 1))
}

function download(overrides: Partial<Parameters<typeof fetchModel>[0]> = {}) {
  const target = join(folder, 'unet', 'model.safetensors')
  return { url: `${origin}/model`, target, bytes: bytes.byteLength, sha256, token: undefined, ...overrides }
}

beforeAll(async () => {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  origin = `http://127.0.0.1:${z.object({ port: z.int() }).parse(server.address()).port}`
})
afterAll(() => server.close())
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'forge-models-'))
  host.requests = []
  host.answer = (request, response) => serve(request, response)
  return () => rm(folder, { recursive: true, force: true })
})

test('arrives in ranges, whole, under its own name and nothing beside it', async () => {
  await fetchModel(download(), options, signal)

  expect(bytes.equals(await readFile(join(folder, 'unet', 'model.safetensors')))).toBe(true)
  expect(await readdir(join(folder, 'unet'))).toEqual(['model.safetensors'])
  expect(host.requests).toHaveLength(12)
})

test('goes on where it stopped', async () => {
  const stop = new AbortController()
  const first = fetchModel(
    download(),
    { ...options, parallel: 1, onPart: (done) => done === 4 && stop.abort() },
    stop.signal,
  )
  await expect(first).rejects.toThrow()
  const asked = host.requests.length
  await fetchModel(download(), options, signal)

  expect(host.requests.length - asked).toBeLessThanOrEqual(1 + 11 - 4)
  expect(bytes.equals(await readFile(download().target))).toBe(true)
})

test('a connection that breaks costs one range', async () => {
  let broken = false
  host.answer = (request, response) => {
    if (!broken && request.headers.range === 'bytes=300000-399999') {
      broken = true
      response.writeHead(206, { 'content-length': 100_000, 'content-range': `bytes 300000-399999/${bytes.byteLength}` })
      response.write(bytes.subarray(300_000, 350_000), () => response.destroy())
    } else serve(request, response)
  }
  await fetchModel(download(), options, signal)

  expect(host.requests).toHaveLength(13)
  expect(bytes.equals(await readFile(download().target))).toBe(true)
})

test('a host without ranges is read in one piece', async () => {
  host.answer = (request, response) => {
    delete request.headers.range
    serve(request, response)
  }
  await fetchModel(download(), options, signal)

  expect(bytes.equals(await readFile(download().target))).toBe(true)
})

test('other bytes than the list names are thrown away', async () => {
  const other = Buffer.from(bytes)
  other[500_000] = (other[500_000] ?? 0) ^ 1
  host.answer = (request, response) => serve(request, response, other)

  await expect(fetchModel(download(), options, signal)).rejects.toMatchObject({ kind: 'mismatch' })
  expect(await readdir(join(folder, 'unet'))).toEqual([])
})

test('another size than the list names is refused before anything is fetched', async () => {
  await expect(fetchModel(download({ bytes: 7 }), options, signal)).rejects.toMatchObject({ kind: 'mismatch' })
  expect(host.requests).toHaveLength(1)
})

test('a gated file without a token says what to do', async () => {
  host.answer = (_request, response) => response.writeHead(401).end()
  await expect(fetchModel(download(), options, signal)).rejects.toMatchObject({ kind: 'gated', message: /HF_TOKEN/ })
})

test('the token goes to the host of the list and not where it redirects to', async () => {
  host.answer = (request, response) => {
    if (request.url === '/model')
      response.writeHead(302, { location: `${origin.replace('127.0.0.1', 'localhost')}/cdn` }).end()
    else serve(request, response)
  }
  await fetchModel(download({ token: 'hf_secret' }), options, signal)

  const seen = Map.groupBy(host.requests, (request) => request.url)
  expect(seen.get('/model')?.every((request) => request.headers.authorization === 'Bearer hf_secret')).toBe(true)
  expect(seen.get('/cdn')?.some((request) => request.headers.authorization !== undefined)).toBe(false)
})

test('a full disk is said before anything is fetched', async () => {
  const full = fetchModel(download(), { ...options, reserveBytes: Number.MAX_SAFE_INTEGER }, signal)
  await expect(full).rejects.toMatchObject({ kind: 'disk-full' })
  expect(host.requests).toHaveLength(1)
})

test('parts of an older file at the same address are not mixed in', async () => {
  const stop = new AbortController()
  const first = fetchModel(
    download(),
    { ...options, parallel: 1, onPart: (done) => done === 4 && stop.abort() },
    stop.signal,
  )
  await expect(first).rejects.toThrow()
  const part = `${download().target}.part.json`
  await writeFile(part, (await readFile(part, 'utf8')).replace('one', 'zero'))
  await fetchModel(download(), options, signal)

  expect(bytes.equals(await readFile(download().target))).toBe(true)
})

test('a body without end is cut off and never held in memory', async () => {
  const sent = { bytes: 0 }
  host.answer = (_request, response) => {
    response.writeHead(200, { 'content-length': 20e9 })
    const pour = () => {
      while (!response.destroyed && sent.bytes < 200e6) {
        sent.bytes += 1e6
        if (!response.write(Buffer.alloc(1e6))) return void response.once('drain', pour)
      }
    }
    pour()
  }

  await expect(fetchModel(download(), options, signal)).rejects.toMatchObject({ kind: 'mismatch' })
  expect(sent.bytes).toBeLessThan(50e6)
})

test('a host that has had enough is left alone for as long as it says', async () => {
  let asked = 0
  host.answer = (request, response) => {
    asked += 1
    if (asked === 1) response.writeHead(429, { 'retry-after': '0.7' }).end()
    else serve(request, response)
  }
  const startedAt = performance.now()
  await fetchModel(download(), options, signal)

  expect(performance.now() - startedAt).toBeGreaterThan(690)
})

test('another part than was asked for is not written in its place', async () => {
  host.answer = (request, response) => {
    if (request.headers.range !== 'bytes=0-0') request.headers.range = 'bytes=0-99999'
    serve(request, response)
  }

  await expect(fetchModel(download({ sha256: null }), { ...options, retries: 0 }, signal)).rejects.toMatchObject({
    kind: 'network',
  })
})

test('a connection that only drips counts as dead', async () => {
  const timers: NodeJS.Timeout[] = []
  host.answer = (request, response) => {
    if (request.headers.range === 'bytes=0-0') return serve(request, response)
    response.writeHead(206, { 'content-range': `${request.headers.range?.replace('=', ' ')}/${bytes.byteLength}` })
    timers.push(setInterval(() => response.write('a'), 20))
  }

  const dripping = fetchModel(download(), { ...options, parallel: 1, retries: 0, stallMs: 200 }, signal)
  await expect(dripping).rejects.toMatchObject({ kind: 'network' })
  for (const timer of timers) clearInterval(timer)
})
