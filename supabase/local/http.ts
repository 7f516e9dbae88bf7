import type { Context } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'

/** The body of a refusal as PostgREST words it; auth and storage translate it into their own shape. */
export type ApiErrorBody = { code: string; message: string; details: string | null; hint: string | null }

/** A refusal with its HTTP status. Thrown anywhere below the gateway, answered once by `answerError`. */
export class ApiError extends Error {
  readonly status: ContentfulStatusCode
  readonly body: ApiErrorBody

  constructor(status: ContentfulStatusCode, body: Partial<ApiErrorBody> & { code: string; message: string }) {
    super(body.message)
    this.name = 'ApiError'
    this.status = status
    this.body = { code: body.code, message: body.message, details: body.details ?? null, hint: body.hint ?? null }
  }
}

/** Answers an `ApiError` as `{code, message, details, hint}`; 413 also closes the connection, its body is unread. */
export function answerError(c: Context, error: ApiError): Response {
  const headers: Record<string, string> = {}
  if (error.status === 401) headers['www-authenticate'] = `Bearer error="invalid_token"`
  if (error.status === 413) headers['connection'] = 'close'
  return c.json(error.body, error.status, headers)
}

/**
 * Reads a request body of at most `limit` bytes, counting while it streams: an oversized body is refused (413)
 * without being buffered, whatever its Content-Length claims.
 */
export async function readBody(request: Request, limit: number): Promise<Uint8Array<ArrayBuffer>> {
  const declared = Number(request.headers.get('content-length') ?? '0')
  if (declared > limit) throw tooLarge(limit)
  if (request.body === null) return new Uint8Array(0)
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of request.body) {
    size += chunk.byteLength
    if (size > limit) throw tooLarge(limit)
    chunks.push(chunk)
  }
  const whole = new Uint8Array(size)
  let at = 0
  for (const chunk of chunks) {
    whole.set(chunk, at)
    at += chunk.byteLength
  }
  return whole
}

/** Reads a body of at most `limit` bytes as UTF-8 text; invalid UTF-8 is refused (400). */
export async function readText(request: Request, limit: number): Promise<string> {
  const bytes = await readBody(request, limit)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new ApiError(400, { code: 'PGRST102', message: 'The request body is not valid UTF-8' })
  }
}

/** Reads a JSON body of at most `limit` bytes; an empty body is `undefined`. The caller validates the shape. */
export async function readJson(request: Request, limit: number): Promise<unknown> {
  const text = await readText(request, limit)
  if (text.trim() === '') return undefined
  return parseJson(text)
}

/** Parses JSON or refuses (400 PGRST102). */
export function parseJson(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text)
    return value
  } catch {
    throw new ApiError(400, { code: 'PGRST102', message: 'Empty or invalid json' })
  }
}

function tooLarge(limit: number): ApiError {
  return new ApiError(413, { code: 'body_too_large', message: `The request body is larger than ${limit} bytes` })
}
