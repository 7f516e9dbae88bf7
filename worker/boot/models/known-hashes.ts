import { readFile, rename, stat, writeFile } from 'node:fs/promises'
import { z } from 'zod'
import { hashFile } from './fetch-model.ts'

const book = z.record(z.string(), z.object({ bytes: z.int(), changedMs: z.number(), sha256: z.string() }))

/** SHA-256 of a file, lower-case hex; read again only when its size or time has changed since. */
export type KnownHashes = { hash: (path: string, signal: AbortSignal) => Promise<string> }

/**
 * Hashes of the weights on this box, kept in `file`: 24 GB take a minute to read, at every start of every process.
 */
export async function openKnownHashes(file: string): Promise<KnownHashes> {
  const text = await readFile(file, 'utf8').catch(() => '{}')
  const known = new Map(Object.entries(parseBook(text)))
  return {
    async hash(path, signal) {
      const { size: bytes, mtimeMs: changedMs } = await stat(path)
      const held = known.get(path)
      if (held?.bytes === bytes && held.changedMs === changedMs) return held.sha256
      const sha256 = await hashFile(path, signal)
      known.set(path, { bytes, changedMs, sha256 })
      await writeFile(`${file}.new`, JSON.stringify(Object.fromEntries(known)))
      await rename(`${file}.new`, file)
      return sha256
    },
  }
}

function parseBook(text: string): z.infer<typeof book> {
  try {
    return book.parse(JSON.parse(text))
  } catch {
    return {}
  }
}
