import { PassThrough, Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ReadableStream as NodeReadableStream } from 'node:stream/web'
import { Busboy } from '@fastify/busboy'
import { refusals } from './errors.ts'

/** Upstream's cap on custom metadata, in bytes. */
const maxMetadata = 1024 * 1024

/** How much of a refused upload is read on, and for how long. */
const discardBytes = 64 * 1024 * 1024
const discardMs = 1000

/** What an upload says about itself before its bytes are read. */
export type UploadHead = {
  mime: string
  cacheControl: string
  userMetadata: Record<string, unknown> | null
  body: AsyncIterable<Uint8Array>
}

/**
 * Opens an upload: raw bytes, or the first file of a form (what storage-js sends for a Blob). Reads only as far as
 * the head, then calls `use`, whose `body` streams the rest. Throws `StorageError` when there is no file.
 */
export async function withUpload<T>(request: Request, use: (head: UploadHead) => Promise<T>): Promise<T> {
  if (request.body === null) throw refusals.noContent('No content provided')
  const type = request.headers.get('content-type')
  if (type?.toLowerCase().startsWith('multipart/form-data') === true) return withForm(request.body, type, use)
  const reader = request.body.getReader()
  try {
    return await use({
      mime: type ?? 'application/octet-stream',
      cacheControl: request.headers.get('cache-control') ?? 'no-cache',
      userMetadata: decodeMetadata(request.headers.get('x-metadata')),
      body: chunksOf(reader),
    })
  } catch (error) {
    await discardRest(reader)
    throw error
  }
}

/** The chunks of a body. Leaving early does not cancel it: that would cut the connection before the answer. */
async function* chunksOf(reader: ReadableStreamDefaultReader<Uint8Array>): AsyncGenerator<Uint8Array> {
  for (let next = await readOn(reader); !next.done; next = await readOn(reader)) yield next.value
}

function readOn(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<ReadableStreamReadResult<Uint8Array>> {
  return reader.read().catch(() => {
    throw brokenOff()
  })
}

/** The client went away, or its form ends in the middle. */
function brokenOff(): Error {
  return refusals.noContent('The upload broke off')
}

/** Reads a refused body on for a moment: most clients look at the answer only when all is sent. */
async function discardRest(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
  const { promise: late, resolve } = Promise.withResolvers<{ done: true; value: undefined }>()
  const timer = setTimeout(() => resolve({ done: true, value: undefined }), discardMs)
  try {
    let bytes = 0
    for (let done = false; !done && bytes < discardBytes;) {
      const next = await Promise.race([reader.read(), late])
      bytes += next.value?.byteLength ?? 0
      done = next.done
    }
  } catch {
    // The client has gone: nobody waits for the answer.
  } finally {
    clearTimeout(timer)
  }
}

async function withForm<T>(
  body: ReadableStream<Uint8Array>,
  type: string,
  use: (head: UploadHead) => Promise<T>,
): Promise<T> {
  const form = openForm(type)
  // In Node both names mean one class; only the type libraries differ.
  const source = Readable.fromWeb(body as NodeReadableStream<Uint8Array>)
  const fields = new Map<string, string>()
  let file: Readable | undefined
  let work: Promise<T> | undefined
  form.on('field', (name, value) => fields.set(name, value))
  // The listener's last arguments are file name, transfer encoding and content type.
  form.on('file', (_name, stream, ...[, , mime]) => {
    if (work !== undefined) {
      stream.on('error', () => undefined).resume()
      return
    }
    // A copy takes the bytes, so that the form can be read to its end after a refusal.
    const copy = stream.pipe(new PassThrough())
    file = copy
    copy.on('error', () => undefined)
    stream.on('error', () => copy.destroy(brokenOff()))
    work = use(headOf(fields, mime, copy))
    work.catch(() => {
      stream.unpipe(copy)
      discardForm(source, stream)
    })
  })
  const broken = await pipeline(source, form).then(
    () => undefined,
    () => brokenOff(),
  )
  if (broken !== undefined) file?.destroy(broken)
  if (work === undefined) throw refusals.noContent('No content provided')
  return work
}

function discardForm(source: Readable, stream: Readable): void {
  let bytes = 0
  stream.on('data', (chunk: Uint8Array) => {
    bytes += chunk.byteLength
    if (bytes > discardBytes) source.destroy()
  })
  stream.resume()
  const timer = setTimeout(() => source.destroy(), discardMs)
  source.once('close', () => clearTimeout(timer))
}

function headOf(fields: ReadonlyMap<string, string>, mime: string, body: Readable): UploadHead {
  const cacheTime = fields.get('cacheControl')
  return {
    mime: fields.get('contentType') ?? mime,
    cacheControl: cacheTime === undefined ? 'no-cache' : `max-age=${cacheTime}`,
    userMetadata: parseMetadata(fields.get('metadata') ?? fields.get('userMetadata')),
    body,
  }
}

function openForm(type: string): Busboy {
  try {
    return new Busboy({
      headers: { 'content-type': type },
      limits: { fields: 20, fieldSize: maxMetadata, parts: 25, headerPairs: 50 },
      // A Blob has no name of its own; storage-js sends its part with an empty field name.
      isPartAFile: (_field, contentType, filename) =>
        filename !== undefined || contentType === 'application/octet-stream',
    })
  } catch {
    throw refusals.noContent('The form cannot be read')
  }
}

function decodeMetadata(header: string | null): Record<string, unknown> | null {
  return header === null ? null : parseMetadata(Buffer.from(header, 'base64').toString('utf8'))
}

/** Metadata that is no JSON object is dropped, as upstream does. */
function parseMetadata(text: string | undefined): Record<string, unknown> | null {
  if (text === undefined) return null
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : null
  } catch {
    return null
  }
}
