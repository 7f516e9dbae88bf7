import { createHash, randomUUID } from 'node:crypto'
import { constants } from 'node:fs'
import { copyFile, link, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { refusals } from './errors.ts'

/** Unfinished uploads older than this were left by a process that died. */
const abandonedMs = 3_600_000

/** A file that is complete on disk but not yet an object. `etag` is the quoted MD5, as S3 answers. */
export type StoredBlob = { version: string; size: number; etag: string }

type ReceiveOptions = {
  /** Bytes; one more and the upload is refused. */
  limit: number
  /** Longest pause between two chunks, in ms. */
  idleMs: number
}

/** Files of objects, named by their version (a UUID) and never by their key. */
export type Blobs = {
  /**
   * Streams a body to disk: temporary file, fsync, atomic rename. Throws `StorageError` EntityTooLarge or Aborted;
   * whatever is thrown, nothing is left behind.
   */
  receive: (body: AsyncIterable<Uint8Array>, options: ReceiveOptions) => Promise<StoredBlob>
  /** A second name for the same bytes; blobs never change, so a hard link is a copy. */
  duplicate: (version: string) => Promise<string>
  /** Opens a blob, or undefined when it is gone or has no version. The caller closes the handle. */
  open: (version: string | null) => Promise<FileHandle | undefined>
  /** Removes blobs; absent ones and rows without a version are no error. */
  remove: (versions: readonly (string | null)[]) => Promise<void>
}

/** Blobs under `root`. Folders are made at first use. */
export function createBlobs(root: string): Blobs {
  const incoming = join(root, 'incoming')
  const prepare = once(async () => {
    await mkdir(incoming, { recursive: true })
    await clearAbandoned(incoming)
  })

  function pathOf(version: string): string {
    if (!/^[0-9a-f-]{36}$/.test(version)) throw new Error('A blob version is a UUID')
    return join(root, 'blobs', version.slice(0, 2), version)
  }

  return {
    async receive(body, options) {
      await prepare()
      const temporary = join(incoming, randomUUID())
      try {
        const written = await writeAll(temporary, body, options)
        const version = randomUUID()
        const target = pathOf(version)
        await mkdir(dirname(target), { recursive: true })
        await rename(temporary, target)
        await syncFolder(dirname(target))
        return { version, ...written }
      } catch (error) {
        await rm(temporary, { force: true })
        throw error
      }
    },
    async duplicate(version) {
      const copy = randomUUID()
      const target = pathOf(copy)
      await mkdir(dirname(target), { recursive: true })
      // Some filesystems have no hard links.
      await link(pathOf(version), target).catch(() => copyFile(pathOf(version), target, constants.COPYFILE_EXCL))
      return copy
    },
    async open(version) {
      if (version === null) return undefined
      try {
        return await open(pathOf(version), 'r')
      } catch (error) {
        if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
        throw error
      }
    },
    async remove(versions) {
      const named = versions.filter((version) => version !== null)
      await Promise.all(named.map((version) => rm(pathOf(version), { force: true })))
    },
  }
}

async function writeAll(path: string, body: AsyncIterable<Uint8Array>, options: ReceiveOptions) {
  const hash = createHash('md5')
  let size = 0
  const file = await open(path, 'wx', 0o600)
  try {
    for await (const chunk of withIdleLimit(body, options.idleMs)) {
      size += chunk.byteLength
      if (size > options.limit) throw refusals.tooLarge()
      hash.update(chunk)
      await writeWhole(file, chunk)
    }
    await file.sync()
  } finally {
    await file.close()
  }
  return { size, etag: `"${hash.digest('hex')}"` }
}

async function writeWhole(file: FileHandle, chunk: Uint8Array): Promise<void> {
  let done = 0
  while (done < chunk.byteLength) {
    const { bytesWritten } = await file.write(chunk, done)
    done += bytesWritten
  }
}

/** The same chunks, but a source that stands still for `idleMs` throws `StorageError` Aborted. */
async function* withIdleLimit(body: AsyncIterable<Uint8Array>, idleMs: number): AsyncGenerator<Uint8Array> {
  const source = body[Symbol.asyncIterator]()
  try {
    while (true) {
      const chunk = await nextWithin(source, idleMs)
      if (chunk.done === true) return
      yield chunk.value
    }
  } finally {
    // Not awaited: a source that stands still would never answer.
    source.return?.().catch(() => undefined)
  }
}

async function nextWithin(source: AsyncIterator<Uint8Array>, idleMs: number): Promise<IteratorResult<Uint8Array>> {
  const next = source.next()
  const { promise: late, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(refusals.timedOut()), idleMs)
  try {
    return await Promise.race([next, late])
  } finally {
    clearTimeout(timer)
    next.catch(() => undefined)
  }
}

/** A rename is durable only when its folder is; Windows cannot sync folders. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

async function clearAbandoned(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const path = join(folder, name)
    const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Date.now() }))
    if (Date.now() - mtimeMs > abandonedMs) await rm(path, { force: true })
  }
}

function once(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined
  return function run() {
    done ??= work().catch((error: unknown) => {
      done = undefined
      throw error
    })
    return done
  }
}
