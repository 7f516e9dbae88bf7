import type { DownloadFile } from '#shared/gallery/schema.ts'
import { galleryLimits } from '#shared/gallery/rules.ts'
import { api } from '#client/lib/api.ts'
import { createStore } from '#client/lib/store.ts'

export type ZipState =
  | { kind: 'working'; done: number; all: number }
  /** `missing`: names of files that could not be fetched; `gone`: how many have no picture any more. */
  | { kind: 'done'; count: number; bytes: number; missing: readonly string[]; gone: number }
  | { kind: 'failed' }
  /** Nothing that was asked for is there any more. */
  | { kind: 'nothing' }
  | { kind: 'canceled' }

/** The archive that is being made, or how the last one ended. One at a time. */
export const zipStore = createStore<ZipState | null>(null)

/** Where the bytes go: a file that the person chose, or memory and then the downloads. */
type Sink = (stream: ReadableStream<Uint8Array<ArrayBuffer>>, name: string, signal: AbortSignal) => Promise<void>

type Picker = (options: { suggestedName: string }) => Promise<FileSystemFileHandle>

let stopping: AbortController | null = null

export function cancelZip(): void {
  stopping?.abort()
}

async function chooseSink(name: string, save: (blob: Blob, name: string) => void): Promise<Sink> {
  const picker = (globalThis as { showSaveFilePicker?: Picker }).showSaveFilePicker
  if (picker) {
    const handle = await picker({ suggestedName: name })
    return async (stream, _name, signal) => stream.pipeTo(await handle.createWritable(), { signal })
  }
  return async (stream, fileName) => save(await new Response(stream).blob(), fileName)
}

/** Asks for links in the sizes that the server takes, each shortly before it is used; null for an image that is gone. */
async function* linksOf(ids: readonly string[], signal: AbortSignal): AsyncGenerator<DownloadFile | null> {
  for (let at = 0; at < ids.length; at += galleryLimits.cards) {
    const wanted = ids.slice(at, at + galleryLimits.cards)
    const files = await api.gallery.download.query({ ids: wanted }, { signal })
    yield* wanted.map((id) => files.find((file) => file.id === id) ?? null)
  }
}

class NothingThere extends Error {}

async function bytesOf(file: DownloadFile, signal: AbortSignal): Promise<ArrayBuffer | null> {
  try {
    const response = await fetch(file.url, { signal })
    return response.ok ? await response.arrayBuffer() : null
  } catch (error) {
    if (signal.aborted) throw error
    return null
  }
}

type Order = { ids: readonly string[]; name: string; save: (blob: Blob, name: string) => void }

/**
 * Packs full-size images in the browser, one in memory at a time, and hands the archive to the downloads. What cannot
 * be fetched is left out and named, what was deleted meanwhile is counted. Tells everything through `zipStore`; never throws.
 */
export async function downloadZip({ ids, name, save }: Order): Promise<void> {
  stopping?.abort()
  const mine = new AbortController()
  stopping = mine
  const { signal } = mine
  const missing: string[] = []
  let done = 0
  let gone = 0
  let bytes = 0

  async function* files() {
    for await (const file of linksOf(ids, signal)) {
      if (file === null) {
        gone += 1
        continue
      }
      const input = await bytesOf(file, signal)
      if (input === null) {
        missing.push(file.name)
        continue
      }
      done += 1
      bytes += input.byteLength
      zipStore.set({ kind: 'working', done, all: ids.length })
      yield { name: file.name, input, lastModified: new Date() }
    }
    // An archive without anything in it is no archive.
    if (gone === ids.length) throw new NothingThere()
  }

  try {
    const sink = await chooseSink(name, save)
    zipStore.set({ kind: 'working', done: 0, all: ids.length })
    // After the file dialog, which opens only right after the press.
    const { makeZip } = await import('client-zip')
    await sink(makeZip(files()) as ReadableStream<Uint8Array<ArrayBuffer>>, name, signal)
    zipStore.set({ kind: 'done', count: done, bytes, missing, gone })
  } catch (error) {
    if (error instanceof NothingThere) return zipStore.set({ kind: 'nothing' })
    // Closing the file dialog is no failure.
    const unwanted = signal.aborted || (error instanceof DOMException && error.name === 'AbortError')
    if (stopping === mine) zipStore.set(unwanted ? { kind: 'canceled' } : { kind: 'failed' })
  }
}
