import type { Context } from 'hono'
import { resolveCaller } from '#supabase/local/caller.ts'
import type { Caller, LocalContext } from '#supabase/local/context.ts'
import type { Blobs } from './blobs.ts'
import { refusals } from './errors.ts'
import type { ObjectName } from './tokens.ts'

/** What a hosted project sets for its storage. */
export type StorageSettings = {
  /** Bytes of the largest file in any bucket: the CLI's default. */
  maxFileBytes: number
  /** Longest pause in an upload, in ms. */
  idleMs: number
}

export const defaultStorageSettings: StorageSettings = { maxFileBytes: 50 * 1024 * 1024, idleMs: 30_000 }

/** What every route of the storage service works with. */
export type StorageService = { ctx: LocalContext; blobs: Blobs; settings: StorageSettings }

/** Who asks, by API key and token. Throws `ApiError`, which the app answers in storage's words. */
export function callerOf(service: StorageService, c: Context): Promise<Caller> {
  return resolveCaller(service.ctx, c.req.raw.headers)
}

/**
 * Bucket and key behind `/object/<infix>` in the request's path, decoded once. Read from the raw URL: a router that
 * decodes too would decode twice. Throws `StorageError`.
 */
export function objectOf(c: Context, infix = ''): ObjectName {
  const { pathname } = new URL(c.req.url)
  const marker = `/object/${infix}`
  const rest = pathname.slice(pathname.indexOf(marker) + marker.length)
  const slash = rest.indexOf('/')
  if (slash < 1 || slash === rest.length - 1) throw refusals.invalidKey('')
  return { bucket: decode(rest.slice(0, slash)), key: decode(rest.slice(slash + 1)) }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw refusals.invalidKey(text.slice(0, 100))
  }
}
