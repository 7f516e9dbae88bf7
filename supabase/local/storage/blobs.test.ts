import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { createBlobs } from './blobs.ts'

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'forge-blobs-'))
})
afterEach(() => rm(root, { recursive: true, force: true }))

async function* chunks(...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield new TextEncoder().encode(text)
}

async function filesLeft(): Promise<string[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true })
  return entries.filter((entry) => entry.isFile()).map((entry) => entry.name)
}

it('keeps the bytes under an opaque name, with size and MD5', async () => {
  const blobs = createBlobs(root)

  const blob = await blobs.receive(chunks('ab', '', 'cd'), { limit: 4, idleMs: 1000 })

  expect(blob).toMatchObject({ size: 4, etag: `"${createHash('md5').update('abcd').digest('hex')}"` })
  expect(await filesLeft()).toEqual([blob.version])
  const file = await blobs.open(blob.version)
  expect((await file?.readFile())?.toString()).toBe('abcd')
  await file?.close()
})

it('refuses the first byte too many and leaves nothing', async () => {
  let asked = 0
  async function* endless(): AsyncGenerator<Uint8Array> {
    for (; ; asked += 1) yield new Uint8Array(1000)
  }

  const refused = createBlobs(root).receive(endless(), { limit: 10_000, idleMs: 1000 })

  await expect(refused).rejects.toMatchObject({ code: 'EntityTooLarge' })
  expect(asked).toBe(10)
  expect(await filesLeft()).toEqual([])
})

it('refuses a source that stands still and leaves nothing', async () => {
  const stalled = new AbortController()
  async function* slow(): AsyncGenerator<Uint8Array> {
    yield new Uint8Array(1)
    await sleep(60_000, undefined, { signal: stalled.signal })
  }

  const refused = createBlobs(root).receive(slow(), { limit: 10, idleMs: 20 })

  await expect(refused).rejects.toMatchObject({ statusCode: 408 })
  expect(await filesLeft()).toEqual([])
  stalled.abort()
})

it('passes a broken source on and leaves nothing', async () => {
  async function* broken(): AsyncGenerator<Uint8Array> {
    yield new Uint8Array(5)
    throw new Error('the client went away')
  }

  const refused = createBlobs(root).receive(broken(), { limit: 10, idleMs: 1000 })

  await expect(refused).rejects.toThrow('the client went away')
  expect(await filesLeft()).toEqual([])
})

it('gives a copy a life of its own', async () => {
  const blobs = createBlobs(root)
  const { version } = await blobs.receive(chunks('abc'), { limit: 10, idleMs: 1000 })

  const copy = await blobs.duplicate(version)
  await blobs.remove([version, version])

  expect(await blobs.open(version)).toBeUndefined()
  const file = await blobs.open(copy)
  expect((await file?.readFile())?.toString()).toBe('abc')
  await file?.close()
})

it('clears what a dead process left, not what a live one writes', async () => {
  const incoming = join(root, 'incoming')
  await mkdir(incoming)
  await Promise.all(['old', 'new'].map((name) => writeFile(join(incoming, name), 'x')))
  await utimes(join(incoming, 'old'), new Date(0), new Date(0))

  await createBlobs(root).receive(chunks('a'), { limit: 1, idleMs: 1000 })

  expect(await readdir(incoming)).toEqual(['new'])
})

it('takes nothing but a UUID for a version', async () => {
  await expect(createBlobs(root).open('../../etc/passwd')).rejects.toThrow('UUID')
})
