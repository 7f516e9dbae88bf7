import { Readable } from 'node:stream'
import type { FileHandle } from 'node:fs/promises'
import type { Context } from 'hono'
import type { ObjectRow } from './database.ts'
import { refusals } from './errors.ts'
import { parseRange } from './range.ts'
import type { StorageService } from './service.ts'

/**
 * Answers an object's bytes: whole, one range (206), not modified (304) or unsatisfiable (416); for HEAD the headers
 * only. `find` reads the row, and is asked once more when a replacement took the file away in between.
 */
export async function serveObject(
  service: StorageService,
  c: Context,
  find: () => Promise<ObjectRow>,
  expires?: number,
): Promise<Response> {
  let row = await find()
  let file = await service.blobs.open(row.version)
  if (file === undefined) {
    row = await find()
    file = await service.blobs.open(row.version)
  }
  if (file === undefined) throw refusals.noSuchKey()
  try {
    return await answer(c, row, file, expires)
  } catch (error) {
    await file.close()
    throw error
  }
}

async function answer(c: Context, row: ObjectRow, file: FileHandle, expires: number | undefined): Promise<Response> {
  const { size } = await file.stat()
  const headers = headersOf(c, row, expires)
  if (sameTag(c.req.header('if-none-match'), row.metadata.eTag)) {
    await file.close()
    return new Response(null, { status: 304, headers })
  }
  const ifRange = c.req.header('if-range')
  const asked = ifRange === undefined || ifRange === row.metadata.eTag ? c.req.header('range') : undefined
  const range = parseRange(asked, size)
  if (range === 'unsatisfiable') {
    await file.close()
    headers.set('content-range', `bytes */${size}`)
    return new Response(null, { status: 416, headers })
  }
  const { first, last } = range ?? { first: 0, last: size - 1 }
  headers.set('content-length', String(last - first + 1))
  if (range !== undefined) headers.set('content-range', `bytes ${first}-${last}/${size}`)
  const status = range === undefined ? 200 : 206
  if (c.req.method === 'HEAD' || size === 0) {
    await file.close()
    return new Response(null, { status, headers })
  }
  // The stream owns the handle from here: it closes at the end, on error and when the client goes away.
  const stream = file.createReadStream({ start: first, end: last })
  return new Response(Readable.toWeb(stream) as ReadableStream<Uint8Array>, { status, headers })
}

function headersOf(c: Context, row: ObjectRow, expires: number | undefined): Headers {
  const headers = new Headers({
    'accept-ranges': 'bytes',
    'cache-control': row.metadata.cacheControl,
    // A page uploaded by somebody must not run as one, as upstream.
    'content-type': row.metadata.mimetype.includes('text/html') ? 'text/plain' : row.metadata.mimetype,
    etag: row.metadata.eTag,
    'last-modified': new Date(row.metadata.lastModified).toUTCString(),
    'x-content-type-options': 'nosniff',
    'x-robots-tag': 'none',
  })
  if (expires !== undefined) headers.set('expires', new Date(expires * 1000).toUTCString())
  const download = c.req.query('download')
  if (download === '') headers.set('content-disposition', 'attachment;')
  else if (download !== undefined) {
    const name = encodeURIComponent(download)
    headers.set('content-disposition', `attachment; filename=${name}; filename*=UTF-8''${name}`)
  }
  return headers
}

function sameTag(header: string | undefined, tag: string): boolean {
  if (header === undefined) return false
  return header.split(',').some((item) => item.trim() === '*' || item.trim().replace(/^W\//, '') === tag)
}
