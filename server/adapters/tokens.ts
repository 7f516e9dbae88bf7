import {
  type JWK,
  type JWTVerifyGetKey,
  SignJWT,
  createRemoteJWKSet,
  errors as joseErrors,
  importJWK,
  jwtVerify,
} from 'jose'
import { z } from 'zod'
import type { Caller } from '#server/trpc/context.ts'
import { CallerCache } from './caller-cache.ts'

/** Reading of users' and workers' tokens, and making of workers'. */
export type Tokens = {
  /** Judges a Bearer token: signature, exp, iss, aud, role. Never throws: a bad token is a kind of caller. */
  identify: (token: string) => Promise<Caller>
  /** A token of the Postgres role forge_worker for ten minutes. `expiresAt` in milliseconds since 1970. */
  signWorker: (workerId: string) => Promise<{ token: string; expiresAt: number }>
}

export type TokenOptions = {
  supabaseUrl: string
  /** Private ES256 JWK with kid; its public half stands in the project's JWKS. */
  signingKey: JWK & { kid: string }
  /** Key ids that prove nothing, whatever the published or cached key set says. */
  revokedKeys?: readonly string[]
  now: () => number
  /** Replaces the remote key set in tests. */
  keys?: JWTVerifyGetKey
}

const workerSeconds = 600
const audience = 'authenticated'
/** Clocks of one deployment differ by less. */
const toleranceSeconds = 5
/** A proven token is believed for so long, which is how much later a key's withdrawal is noticed. Milliseconds. */
const believedMs = 60_000
/** Its last seconds are judged anew at every call, so that memory never makes a token live longer. */
const marginMs = 10_000
const believedTokens = 5_000

const claims = z.discriminatedUnion('role', [
  z.object({
    role: z.literal('authenticated'),
    sub: z.uuid(),
    is_anonymous: z.boolean().default(false),
    app_metadata: z.looseObject({ role: z.unknown() }).partial().optional(),
  }),
  z.object({ role: z.literal('forge_worker'), sub: z.uuid() }),
])

/**
 * Tokens against the project's published keys, which are cached ten minutes (Supabase caches them as long itself): a
 * withdrawn key is refused within these and the minute that a token is believed, at once when `revokedKeys` names it.
 */
export function createTokens({ supabaseUrl, signingKey, revokedKeys = [], now, keys }: TokenOptions): Tokens {
  const issuer = `${supabaseUrl}/auth/v1`
  const jwks =
    keys ??
    createRemoteJWKSet(new URL(`${issuer}/.well-known/jwks.json`), {
      cacheMaxAge: 600_000,
      cooldownDuration: 30_000,
      timeoutDuration: 5_000,
    })
  const findKey: JWTVerifyGetKey = (header, token) => {
    if (header.kid !== undefined && revokedKeys.includes(header.kid)) throw new joseErrors.JWKSNoMatchingKey()
    return jwks(header, token)
  }
  const believed = new CallerCache(now, believedTokens)

  return {
    async identify(token) {
      const known = believed.get(token)
      if (known !== undefined) return known
      try {
        const { payload } = await jwtVerify(token, findKey, {
          issuer,
          audience,
          // Asymmetric only: an HS256 token "signed" with the public key, or alg none, never reaches a key.
          algorithms: ['ES256', 'RS256'],
          requiredClaims: ['exp', 'sub'],
          clockTolerance: toleranceSeconds,
          currentDate: new Date(now()),
        })
        const caller = toCaller(payload)
        const until = Math.min(now() + believedMs, (payload.exp ?? 0) * 1_000 - marginMs)
        if (caller.kind !== 'invalid') believed.set(token, { caller, until })
        return caller
      } catch (error) {
        return toRefusal(error)
      }
    },
    async signWorker(workerId) {
      const issuedAt = Math.floor(now() / 1_000)
      const token = await new SignJWT({ role: 'forge_worker' })
        .setProtectedHeader({ alg: 'ES256', kid: signingKey.kid, typ: 'JWT' })
        .setSubject(workerId)
        .setIssuer(issuer)
        .setAudience(audience)
        .setIssuedAt(issuedAt)
        .setExpirationTime(issuedAt + workerSeconds)
        .sign(await importJWK(signingKey, 'ES256'))
      return { token, expiresAt: (issuedAt + workerSeconds) * 1_000 }
    },
  }
}

function toCaller(payload: unknown): Caller {
  const parsed = claims.safeParse(payload)
  if (!parsed.success) return { kind: 'invalid', expired: false }
  if (parsed.data.role === 'forge_worker') return { kind: 'worker', workerId: parsed.data.sub }
  const { sub: id, is_anonymous: anonymous, app_metadata: metadata } = parsed.data
  const operator = metadata?.role === 'operator' && !anonymous
  return { kind: 'user', user: { id, anonymous, ...(operator ? { operator } : {}) } }
}

/** Only an unreachable key set is our trouble; everything else is the token's. */
function toRefusal(error: unknown): Caller {
  if (error instanceof joseErrors.JWTExpired) return { kind: 'invalid', expired: true }
  if (error instanceof joseErrors.JWKSTimeout || error instanceof joseErrors.JWKSInvalid) return { kind: 'unknown' }
  // jose reports a key endpoint that answers with an error as a plain JOSEError, and a refused socket as TypeError.
  const fromToken = error instanceof joseErrors.JOSEError && error.code !== 'ERR_JOSE_GENERIC'
  return fromToken ? { kind: 'invalid', expired: false } : { kind: 'unknown' }
}
