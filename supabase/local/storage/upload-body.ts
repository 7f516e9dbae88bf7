import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ReadableStream as NodeReadableStream } from 'node:stream/web'
import { Busboy } from '@fastify/busboy'
import { refusals } from './errors.ts'

/** Upstream's cap on custom metadata, in bytes. */
const maxMetadata = 1024 * 1024

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
  return use({
    mime: type ?? 'application/octet-stream',
    cacheControl: request.headers.get('cache-control') ?? 'no-cache',
    userMetadata: decodeMetadata(request.headers.get('x-metadata')),
    body: request.body,
  })
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
    stream.on('error', () => undefined)
    if (work !== undefined) {
      stream.resume()
      return
    }
    file = stream
    work = use(headOf(fields, mime, stream))
    // A refused file stops the form; a broken form (below) stops the file.
    work.catch(() => source.destroy())
  })
  const broken = await pipeline(source, form).then(
    () => undefined,
    (error: unknown) => (error instanceof Error ? error : new Error('The form broke off', { cause: error })),
  )
  if (broken !== undefined) file?.destroy(broken)
  if (work === undefined) throw refusals.noContent('No content provided')
  return work
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
