import { timingSafeEqual } from 'node:crypto'

import { TokenError, verifyToken } from './auth/tokens.ts'
import type { TokenClaims } from './auth/tokens.ts'
import { ApiError } from './http.ts'
import type { Caller, LocalContext, LocalKeys } from './context.ts'

type KeyContext = Pick<LocalContext, 'url' | 'keys'>

/** Verified tokens kept per installation: an ES256 check costs more than the query it guards. */
const cacheSize = 1000
const caches = new WeakMap<LocalKeys, Map<string, TokenClaims>>()

/**
 * Decides who is asking, as a hosted gateway does: an `apikey` header is required (or the same key as bearer); a
 * bearer token that is not itself an `sb_` key then decides role and claims. Refuses with 401: no or unknown apikey,
 * or a token that does not verify (signature, exp, iss, aud, role).
 */
export async function resolveCaller(ctx: KeyContext, headers: Headers): Promise<Caller> {
  const bearer = bearerOf(headers)
  const apikey = headers.get('apikey') ?? bearer
  if (apikey === null) {
    throw new ApiError(401, {
      code: 'no_api_key',
      message: 'No API key found in request',
      hint: 'No `apikey` request header or url param was found.',
    })
  }
  const fromKey = await callerOf(ctx, apikey)
  return bearer === null || bearer === apikey ? fromKey : callerOf(ctx, bearer)
}

/** The role an API key stands for, or null when it is not one of ours. Compared in constant time. */
export function roleOfKey(keys: LocalKeys, key: string): 'anon' | 'service_role' | null {
  if (sameSecret(key, keys.publishableKey)) return 'anon'
  if (sameSecret(key, keys.secretKey)) return 'service_role'
  return null
}

/** The bearer token of a request, or null. */
export function bearerOf(headers: Headers): string | null {
  const match = /^Bearer +(\S+)$/i.exec(headers.get('authorization') ?? '')
  return match?.[1] ?? null
}

async function callerOf(ctx: KeyContext, credential: string): Promise<Caller> {
  const role = roleOfKey(ctx.keys, credential)
  if (role !== null) return { role, claims: { role } }
  if (credential.startsWith('sb_')) throw new ApiError(401, { code: 'invalid_api_key', message: 'Invalid API key' })
  const claims = await verifyOnce(ctx, credential)
  return { role: claims.role, claims }
}

async function verifyOnce(ctx: KeyContext, token: string): Promise<TokenClaims> {
  const cache = caches.get(ctx.keys) ?? new Map<string, TokenClaims>()
  caches.set(ctx.keys, cache)
  // One set of keys may serve several bases in tests; the issuer differs, so the answer does.
  const name = `${ctx.url} ${token}`
  const known = cache.get(name)
  if (known !== undefined && known.exp * 1000 > Date.now()) return known
  cache.delete(name)
  try {
    const claims = await verifyToken(ctx.keys, ctx.url, token)
    if (cache.size >= cacheSize) cache.delete(cache.keys().next().value ?? '')
    cache.set(name, claims)
    return claims
  } catch (error) {
    if (error instanceof TokenError) throw refusalOf(error)
    throw error
  }
}

function refusalOf(error: TokenError): ApiError {
  if (error.reason === 'expired') return new ApiError(401, { code: 'PGRST303', message: 'JWT expired' })
  return new ApiError(401, {
    code: 'PGRST301',
    message: 'No suitable key or wrong key type',
    details: 'The token is not signed by this project, or its issuer, audience or role is not accepted',
  })
}

function sameSecret(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)]
  return left.length === right.length && timingSafeEqual(left, right)
}
