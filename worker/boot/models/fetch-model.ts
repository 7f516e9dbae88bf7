import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, open, readFile, rename, rm, stat, statfs, writeFile, type FileHandle } from 'node:fs/promises'
import { dirname } from 'node:path'
import { z } from 'zod'
import { backoffMs } from '#worker/core/backoff.ts'
import { wait } from '#worker/wait.ts'

export type Download = {
  url: string
  /** Where the whole file ends up; it appears there in one instant or not at all. */
  target: string
  /** Size in bytes as the list states it; null = as the host says. */
  bytes: number | null
  /** Lower-case hex; null = the caller identifies the file by its header alone. */
  sha256: string | null
  /** Bearer token for gated files; sent to the first host only, never along a redirect to another one. */
  token: string | undefined
}

export type DownloadOptions = {
  /** Connections at once. */
  parallel: number
  /** Bytes of one ranged request: also what is lost at most when a connection breaks. */
  partBytes: number
  /** Bytes that must stay free on the disk. */
  reserveBytes: number
  retries: number
  /** Milliseconds in which a connection must bring `leastBytes`, or it counts as dead. */
  stallMs: number
  leastBytes: number
  onPart?: (done: number, total: number) => void
}

export const downloadDefaults: DownloadOptions = {
  parallel: 4,
  partBytes: 64 * 1024 * 1024,
  reserveBytes: 2 * 1024 * 1024 * 1024,
  retries: 6,
  stallMs: 60_000,
  leastBytes: 64 * 1024,
}

/** Why a file could not be had, in words for the operator. `gated`: the host wants a licence accepted or a token. */
export class DownloadFailure extends Error {
  readonly kind: 'gated' | 'missing' | 'disk-full' | 'mismatch' | 'network'
  /** Milliseconds that the host wants to be left alone. */
  readonly restMs: number

  constructor(kind: DownloadFailure['kind'], message: string, options?: ErrorOptions & { restMs?: number }) {
    super(message, options)
    this.name = 'DownloadFailure'
    this.kind = kind
    this.restMs = options?.restMs ?? 0
  }
}

/** What stands on disk of an unfinished download; another size or validator at the host makes it worthless. */
const partState = z.object({ total: z.int(), validator: z.string(), done: z.array(z.int()) })
type PartState = z.infer<typeof partState>

type Host = { total: number; validator: string; ranges: boolean }

/** Longest that a host's `retry-after` is heeded, milliseconds. */
const maxRestMs = 60_000

/** `hangUp` ends a body that nobody wants. Reading it to its end would hold a whole model in memory. */
type Answer = { response: Response; hangUp: () => void }

function restOf({ headers }: Response): number {
  const seconds = Number(headers.get('retry-after') ?? 0)
  return Number.isFinite(seconds) ? Math.min(maxRestMs, Math.max(0, seconds * 1_000)) : 0
}

/** Asks the first host each time: the address that it redirects to expires, and fetch drops the token on the way there. */
async function request(download: Download, range: string | null, signal: AbortSignal): Promise<Answer> {
  const headers = new Headers({ 'accept-encoding': 'identity' })
  if (range !== null) headers.set('range', range)
  if (download.token !== undefined) headers.set('authorization', `Bearer ${download.token}`)
  const call = new AbortController()
  const response = await fetch(download.url, { headers, signal: AbortSignal.any([signal, call.signal]) })
  if (response.ok) return { response, hangUp: () => call.abort() }
  call.abort()
  const { status } = response
  if (status === 401 || status === 403) {
    throw new DownloadFailure('gated', `the host answered ${status}: accept the licence there and set HF_TOKEN`)
  }
  if (status === 404 || status === 410) throw new DownloadFailure('missing', `the host answered ${status}`)
  throw new DownloadFailure('network', `the host answered ${status}`, { restMs: restOf(response) })
}

/** Size, validator and whether ranges work, from one byte: some hosts answer HEAD wrongly or not at all. */
async function askHost(download: Download, signal: AbortSignal): Promise<Host> {
  const { response, hangUp } = await request(download, 'bytes=0-0', signal)
  hangUp()
  const validator = response.headers.get('x-linked-etag') ?? response.headers.get('etag') ?? ''
  const ranged = /^bytes 0-0\/(\d+)$/.exec(response.headers.get('content-range') ?? '')
  const total = Number(ranged?.[1] ?? response.headers.get('content-length') ?? Number.NaN)
  if (!Number.isSafeInteger(total) || total <= 0) throw new DownloadFailure('network', 'the host names no size')
  if (download.bytes !== null && total !== download.bytes) {
    throw new DownloadFailure('mismatch', `the host has ${total} bytes, the list says ${download.bytes}`)
  }
  return { total, validator, ranges: response.status === 206 }
}

async function checkDisk(path: string, needed: number, reserve: number): Promise<void> {
  const { bavail, bsize } = await statfs(dirname(path))
  const free = bavail * bsize
  if (free < needed + reserve) {
    throw new DownloadFailure('disk-full', `needs ${needed} bytes and ${reserve} to spare, the disk has ${free}`)
  }
}

async function readState(path: string, host: Host): Promise<PartState> {
  const fresh = { total: host.total, validator: host.validator, done: [] }
  const text = await readFile(path, 'utf8').catch(() => null)
  if (text === null) return fresh
  try {
    const state = partState.parse(JSON.parse(text))
    const same = state.total === host.total && state.validator === host.validator && host.validator !== ''
    return same ? state : fresh
  } catch {
    return fresh
  }
}

/** Whether that is the part that was asked for; a cache in between may answer with another one. */
function isPart({ status, headers }: Response, from: number, to: number): boolean {
  return status === 206 && headers.get('content-range')?.startsWith(`bytes ${from}-${to - 1}/`) === true
}

/** Writes one range at its place; a body that ends early, or (nearly) stalls, is a failure to be tried again. */
async function fetchRange(
  context: { download: Download; host: Host; file: FileHandle; options: DownloadOptions },
  from: number,
  to: number,
  signal: AbortSignal,
): Promise<void> {
  const { download, host, file, options } = context
  const stall = new AbortController()
  const timer = setTimeout(() => stall.abort(), options.stallMs)
  try {
    const range = host.ranges ? `bytes=${from}-${to - 1}` : null
    const { response, hangUp } = await request(download, range, AbortSignal.any([signal, stall.signal]))
    using _ = { [Symbol.dispose]: hangUp }
    if (host.ranges && !isPart(response, from, to)) throw new DownloadFailure('network', 'the host ignored a range')
    let at = from
    let timedFrom = from
    for await (const chunk of response.body ?? []) {
      if (at + chunk.byteLength > to) throw new DownloadFailure('mismatch', 'the host sent more than it was asked for')
      await file.write(chunk, 0, chunk.byteLength, at)
      at += chunk.byteLength
      if (at - timedFrom < options.leastBytes) continue
      timedFrom = at
      timer.refresh()
    }
    if (at !== to) throw new DownloadFailure('network', `the connection ended ${to - at} bytes early`)
  } finally {
    clearTimeout(timer)
  }
}

async function retrying(options: DownloadOptions, signal: AbortSignal, run: () => Promise<void>): Promise<void> {
  for (let attempt = 0; ; attempt += 1) {
    let restMs = 0
    try {
      return await run()
    } catch (error) {
      signal.throwIfAborted()
      const final = error instanceof DownloadFailure && error.kind !== 'network'
      if (final) throw error
      if (error instanceof DownloadFailure) restMs = error.restMs
      if (attempt >= options.retries) {
        throw error instanceof DownloadFailure
          ? error
          : new DownloadFailure('network', 'no connection', { cause: error })
      }
    }
    await wait(Math.max(restMs, backoffMs(attempt, { baseMs: 500, capMs: 15_000 }, Math.random())), signal)
  }
}

async function fetchParts(
  context: { download: Download; host: Host; file: FileHandle; options: DownloadOptions },
  state: PartState,
  save: (state: PartState) => Promise<void>,
  stop: AbortSignal,
): Promise<void> {
  const { host, options } = context
  const partBytes = host.ranges ? options.partBytes : host.total
  const count = Math.ceil(host.total / partBytes)
  const done = new Set(state.done)
  const waiting = Array.from({ length: count }, (_, index) => index).filter((index) => !done.has(index))
  const failed = new AbortController()
  const signal = AbortSignal.any([stop, failed.signal])
  let saving = Promise.resolve()
  const lane = async () => {
    for (let index = waiting.shift(); index !== undefined; index = waiting.shift()) {
      const from = index * partBytes
      const to = Math.min(host.total, from + partBytes)
      await retrying(options, signal, () => fetchRange(context, from, to, signal))
      done.add(index)
      saving = saving.then(() => save({ ...state, done: [...done] }))
      options.onPart?.(done.size, count)
    }
  }
  const lanes = Array.from({ length: Math.min(options.parallel, waiting.length) }, async () => {
    try {
      await lane()
    } catch (error) {
      failed.abort()
      throw error
    }
  })
  const ended = await Promise.allSettled(lanes)
  await saving
  stop.throwIfAborted()
  const faults = ended.flatMap((end) => (end.status === 'rejected' ? [end.reason] : []))
  const cause = faults.find((fault) => fault instanceof DownloadFailure) ?? faults[0]
  if (cause !== undefined) throw cause
}

/** SHA-256 of a file, lower-case hex. */
export async function hashFile(path: string, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path, { signal, highWaterMark: 4 * 1024 * 1024 })) hash.update(chunk)
  return hash.digest('hex')
}

/**
 * Brings one file to `target`: in parallel ranges, going on where an earlier run stopped, checked for size and hash
 * before it gets its name. Throws `DownloadFailure`; what has arrived stays beside it as `.part` for the next try,
 * except after a wrong hash.
 */
export async function fetchModel(download: Download, options: DownloadOptions, signal: AbortSignal): Promise<void> {
  const part = `${download.target}.part`
  const statePath = `${part}.json`
  await mkdir(dirname(download.target), { recursive: true })
  let host: Host | undefined
  await retrying(options, signal, async () => {
    host = await askHost(download, AbortSignal.any([signal, AbortSignal.timeout(options.stallMs)]))
  })
  if (host === undefined) throw new DownloadFailure('network', 'no answer')
  const state = await readState(statePath, host)
  const held =
    state.done.length === 0
      ? 0
      : await stat(part).then(
          (found) => found.blocks * 512,
          () => 0,
        )
  if (held === 0) state.done = []
  await checkDisk(part, Math.max(0, host.total - held), options.reserveBytes)
  const save = (next: PartState) => writeFile(statePath, JSON.stringify(next))
  {
    await using file = await open(part, state.done.length === 0 ? 'w' : 'r+')
    await fetchParts({ download, host, file, options }, state, save, signal)
    await file.sync()
  }
  if (download.sha256 !== null && (await hashFile(part, signal)) !== download.sha256) {
    await Promise.all([rm(part, { force: true }), rm(statePath, { force: true })])
    throw new DownloadFailure('mismatch', 'the bytes that arrived have another SHA-256 than the list says')
  }
  await rename(part, download.target)
  await rm(statePath, { force: true })
}
