import { generateKeyPairSync } from 'node:crypto'
import { exportJWK, generateKeyPair, SignJWT, UnsecuredJWT } from 'jose'
import type { JWK } from 'jose'
import { describe, expect, it } from 'vitest'
import { issuerOf, publicJwk, signAs, signToken, verifyToken } from './tokens.ts'

const url = 'http://127.0.0.1:54321'
const now = new Date('2026-11-23T12:00:00Z')
const iat = Math.floor(now.getTime() / 1000)
const claims = { sub: 'a', role: 'authenticated', iat, exp: iat + 3600 }

async function makeKeys(kid = 'key-1'): Promise<{ signingKey: JWK }> {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true })
  return { signingKey: { ...(await exportJWK(privateKey)), kid, alg: 'ES256', use: 'sig' } }
}

function full(changes: Record<string, unknown> = {}) {
  return { ...claims, iss: issuerOf(url), aud: 'authenticated', ...changes }
}

describe('verifyToken', () => {
  it('answers the claims of a token it signed', async () => {
    const keys = await makeKeys()

    const token = await signToken(keys, url, claims)

    expect(await verifyToken(keys, url, token, now)).toMatchObject({ sub: 'a', role: 'authenticated', exp: iat + 3600 })
  })

  it('accepts a worker token that another process signed with the same key', async () => {
    const keys = await makeKeys()
    const copy = { signingKey: structuredClone(keys.signingKey) }

    const token = await signToken(copy, url, { ...claims, role: 'forge_worker' })

    expect(await verifyToken(keys, url, token, now)).toMatchObject({ role: 'forge_worker' })
  })

  it('E06 tells an expired token from an invalid one', async () => {
    const keys = await makeKeys()
    const token = await signToken(keys, url, { ...claims, exp: iat })

    await expect(verifyToken(keys, url, token, now)).rejects.toMatchObject({ reason: 'expired' })
  })

  it.each([
    ['another issuer', { iss: 'http://127.0.0.1:9/auth/v1' }],
    ['another audience', { aud: 'storage:download' }],
    ['several audiences', { aud: ['authenticated', 'storage:upload'] }],
    ['no role', { role: undefined }],
    ['an empty role', { role: '' }],
    ['a role that is no text', { role: ['service_role'] }],
    ['no expiry', { exp: undefined }],
    ['a start in the future', { nbf: iat + 60 }],
  ])('E06 refuses a well-signed token with %s', async (_, changes) => {
    const keys = await makeKeys()
    const token = await signAs(keys.signingKey, full(changes))

    await expect(verifyToken(keys, url, token, now)).rejects.toMatchObject({ reason: 'invalid' })
  })

  it('E06 refuses a token of another key under the same kid', async () => {
    const [keys, forger] = [await makeKeys(), await makeKeys()]
    const token = await signToken(forger, url, { ...claims, role: 'service_role' })

    await expect(verifyToken(keys, url, token, now)).rejects.toMatchObject({ reason: 'invalid' })
  })

  it('E06 refuses its own signature under another kid', async () => {
    const keys = await makeKeys()
    const token = await signToken({ signingKey: { ...keys.signingKey, kid: 'other' } }, url, claims)

    await expect(verifyToken(keys, url, token, now)).rejects.toMatchObject({ reason: 'invalid' })
  })

  it('E06 refuses an unsigned token (alg none)', async () => {
    const keys = await makeKeys()
    const token = new UnsecuredJWT(full({ role: 'service_role' })).encode()

    await expect(verifyToken(keys, url, token, now)).rejects.toMatchObject({ reason: 'invalid' })
  })

  it('E06 refuses HS256 with the public key as the secret', async () => {
    const keys = await makeKeys()
    const secrets = [JSON.stringify(publicJwk(keys.signingKey)), String(keys.signingKey.x)]

    for (const secret of secrets) {
      const token = await new SignJWT(full({ role: 'service_role' }))
        .setProtectedHeader({ alg: 'HS256', kid: 'key-1' })
        .sign(new TextEncoder().encode(secret))
      await expect(verifyToken(keys, url, token, now)).rejects.toMatchObject({ reason: 'invalid' })
    }
  })

  it('E06 refuses another asymmetric algorithm and a key that the token brings along', async () => {
    const keys = await makeKeys()
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const jwk = rsa.publicKey.export({ format: 'jwk' }) as JWK
    const token = await new SignJWT(full()).setProtectedHeader({ alg: 'RS256', kid: 'key-1', jwk }).sign(rsa.privateKey)

    await expect(verifyToken(keys, url, token, now)).rejects.toMatchObject({ reason: 'invalid' })
  })

  it.each(['', 'a', 'a.b.c', '..', 'sb_secret_x'])('refuses what is no token: %j', async (token) => {
    const keys = await makeKeys()

    await expect(verifyToken(keys, url, token, now)).rejects.toMatchObject({ reason: 'invalid' })
  })

  it('E06 refuses a payload that was changed after signing', async () => {
    const keys = await makeKeys()
    const [head, , tail] = (await signToken(keys, url, claims)).split('.')
    const payload = Buffer.from(JSON.stringify(full({ role: 'service_role' }))).toString('base64url')

    await expect(verifyToken(keys, url, `${head}.${payload}.${tail}`, now)).rejects.toMatchObject({ reason: 'invalid' })
  })
})

describe('publicJwk', () => {
  it('holds no private part', async () => {
    const { signingKey } = await makeKeys()

    expect(publicJwk(signingKey)).toEqual({
      kty: 'EC',
      crv: 'P-256',
      x: signingKey.x,
      y: signingKey.y,
      kid: 'key-1',
      alg: 'ES256',
      use: 'sig',
      key_ops: ['verify'],
    })
  })
})
