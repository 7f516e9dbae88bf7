import { errors, importJWK, jwtVerify, SignJWT } from 'jose'
import type { CryptoKey, JWK, JWTPayload } from 'jose'
import type { LocalKeys } from '#supabase/local/context.ts'

/** The only signature this stack makes or accepts. */
const algorithm = 'ES256'
/** `aud` of every token that stands for a caller of the API. Storage tokens carry another one. */
const audience = 'authenticated'

/** What a verified token says. Every field was covered by the signature; `role` is a Postgres role name. */
export type TokenClaims = JWTPayload & { role: string; exp: number }

/** A token that must not be believed. `reason` tells a client whether a refresh can help. */
export class TokenError extends Error {
  readonly reason: 'expired' | 'invalid'

  constructor(reason: 'expired' | 'invalid', options?: ErrorOptions) {
    super(reason === 'expired' ? 'JWT expired' : 'JWT invalid', options)
    this.name = 'TokenError'
    this.reason = reason
  }
}

/** Issuer of all tokens of the stack at `url`, as hosted projects name themselves. */
export function issuerOf(url: string): string {
  return `${url}/auth/v1`
}

/** The public half of the signing key, as served in the JWKS. */
export function publicJwk(signingKey: JWK): JWK {
  const { kty, crv, x, y, kid } = signingKey
  return { kty, crv, x, y, kid, alg: algorithm, use: 'sig', key_ops: ['verify'] } as JWK
}

/**
 * Signs claims for the API of the stack at `url`; `iss` and `aud` are set here. Times are Unix seconds.
 * `claims.role` is the Postgres role to assume.
 */
export async function signToken(
  keys: Pick<LocalKeys, 'signingKey'>,
  url: string,
  claims: JWTPayload & { role: string; iat: number; exp: number },
): Promise<string> {
  return signAs(keys.signingKey, { ...claims, iss: issuerOf(url), aud: audience })
}

/** Signs a complete payload. For `signToken` and for storage, which names another audience. */
export async function signAs(signingKey: JWK, payload: JWTPayload): Promise<string> {
  const { key, kid } = await signer(signingKey)
  return new SignJWT(payload).setProtectedHeader({ alg: algorithm, kid, typ: 'JWT' }).sign(key)
}

/**
 * Claims of a token signed by this installation: ES256 by our `kid` only, not expired at `now`, `iss` this stack,
 * `aud` authenticated, `role` present. Tokens that the server mints with the same key pass the same checks.
 * Throws `TokenError`.
 */
export async function verifyToken(
  keys: Pick<LocalKeys, 'signingKey'>,
  url: string,
  token: string,
  now: Date = new Date(),
): Promise<TokenClaims> {
  const payload = await verifyAs(keys.signingKey, token, { issuer: issuerOf(url), audience, now })
  const { role, exp } = payload
  if (typeof role !== 'string' || role === '' || exp === undefined) throw new TokenError('invalid')
  return { ...payload, role, exp }
}

/** Payload of a token of one issuer and audience, signed by our key and not expired. Throws `TokenError`. */
export async function verifyAs(
  signingKey: JWK,
  token: string,
  expected: { issuer: string; audience: string; now: Date },
): Promise<JWTPayload> {
  const { key, kid } = await verifier(signingKey)
  try {
    const { payload } = await jwtVerify(
      token,
      (header) => {
        if (header.kid !== kid) throw new TokenError('invalid')
        return key
      },
      {
        algorithms: [algorithm],
        issuer: expected.issuer,
        audience: expected.audience,
        requiredClaims: ['exp'],
        currentDate: expected.now,
      },
    )
    if (payload.aud !== expected.audience) throw new TokenError('invalid')
    return payload
  } catch (error) {
    if (error instanceof TokenError) throw error
    throw new TokenError(error instanceof errors.JWTExpired ? 'expired' : 'invalid', { cause: error })
  }
}

type ImportedKey = { key: CryptoKey; kid: string }

const signers = new WeakMap<JWK, Promise<ImportedKey>>()
const verifiers = new WeakMap<JWK, Promise<ImportedKey>>()

function signer(signingKey: JWK): Promise<ImportedKey> {
  return remember(signers, signingKey, () => importKey(signingKey))
}

function verifier(signingKey: JWK): Promise<ImportedKey> {
  return remember(verifiers, signingKey, () => importKey(publicJwk(signingKey)))
}

function remember(
  cache: WeakMap<JWK, Promise<ImportedKey>>,
  jwk: JWK,
  make: () => Promise<ImportedKey>,
): Promise<ImportedKey> {
  const known = cache.get(jwk)
  if (known !== undefined) return known
  const made = make()
  cache.set(jwk, made)
  return made
}

async function importKey(jwk: JWK): Promise<ImportedKey> {
  const key = await importJWK(jwk, algorithm)
  if (key instanceof Uint8Array || jwk.kid === undefined)
    throw new Error('The signing key is not an ES256 JWK with kid')
  return { key, kid: jwk.kid }
}
