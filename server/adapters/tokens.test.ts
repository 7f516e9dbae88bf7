import { createHmac, createPublicKey } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type JWK, type JWTVerifyGetKey, SignJWT, createLocalJWKSet, importJWK } from 'jose'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { makeSigningKey, supabaseUrl } from '#server/testing/deps.ts'
import { createTokens } from './tokens.ts'

const user = '0199aaaa-0000-7000-8000-000000000001'
const issuer = `${supabaseUrl}/auth/v1`
const signingKey = makeSigningKey()
const { d: _private, ...publicKey } = signingKey
const now = () => Date.UTC(2026, 10, 23, 12)
const seconds = now() / 1_000
const tokens = createTokens({ supabaseUrl, signingKey, now, keys: createLocalJWKSet({ keys: [publicKey] }) })
const claims = { role: 'authenticated', sub: user, aud: 'authenticated', iss: issuer, exp: seconds + 60 }

async function sign(payload: Readonly<Record<string, unknown>>, key = signingKey) {
  const header = { alg: 'ES256', kid: key.kid }
  return new SignJWT(payload).setProtectedHeader(header).sign(await importJWK(key, 'ES256'))
}

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

/** The keys of a project as its service publishes them; they may change. */
async function publish(keys: JWK[]) {
  const server = createServer((_request, response) => void response.end(JSON.stringify({ keys }))).listen(
    0,
    '127.0.0.1',
  )
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

describe('the token of a key that was revoked', () => {
  async function revokedAfterUse() {
    vi.useFakeTimers({ toFake: ['Date'], now: now() })
    onTestFinished(() => void vi.useRealTimers())
    const [old, next] = [signingKey, { ...makeSigningKey(), kid: 'next' }]
    const published: JWK[] = [publicKey]
    const url = await publish(published)
    const process = (revokedKeys: string[] = []) =>
      createTokens({ supabaseUrl: url, signingKey: next, revokedKeys, now: Date.now })
    const running = process()
    const token = await sign({ ...claims, iss: `${url}/auth/v1`, exp: seconds + 3_600 }, old)
    expect(await running.identify(token)).toMatchObject({ kind: 'user' })
    const { d: _secret, ...nextPublic } = next
    return { process, running, token, revoke: () => published.splice(0, 1, nextPublic) }
  }

  it('E07 proves nothing eleven minutes later at most', async () => {
    const { running, token, revoke } = await revokedAfterUse()
    vi.setSystemTime(now() + 599_000)
    expect(await running.identify(token)).toMatchObject({ kind: 'user' })

    revoke()

    vi.setSystemTime(now() + 658_000)
    expect(await running.identify(token)).toMatchObject({ kind: 'user' })
    vi.setSystemTime(now() + 660_000)
    expect(await running.identify(token)).toEqual({ kind: 'invalid', expired: false })
  })

  it('E07 proves nothing at once where its id is named, even while the key is still published', async () => {
    const { process, token } = await revokedAfterUse()

    expect(await process([signingKey.kid]).identify(token)).toEqual({ kind: 'invalid', expired: false })
    expect(await process(['other']).identify(token)).toMatchObject({ kind: 'user' })
  })
})

describe('a token', () => {
  it('of Supabase Auth names its user', async () => {
    expect(await tokens.identify(await sign(claims))).toEqual({ kind: 'user', user: { id: user, anonymous: false } })
  })

  it('of an anonymous sign-in says so', async () => {
    const token = await sign({ ...claims, is_anonymous: true })

    expect(await tokens.identify(token)).toEqual({ kind: 'user', user: { id: user, anonymous: true } })
  })

  it('that we made for a worker names the worker for ten minutes', async () => {
    const { token, expiresAt } = await tokens.signWorker(user)

    expect(expiresAt - now()).toBe(600_000)
    expect(await tokens.identify(token)).toEqual({ kind: 'worker', workerId: user })
  })

  it('E06 that expired says so', async () => {
    expect(await tokens.identify(await sign({ ...claims, exp: seconds - 60 }))).toEqual({
      kind: 'invalid',
      expired: true,
    })
  })

  it.each<[string, Readonly<Record<string, unknown>>]>([
    ['another issuer', { iss: 'http://elsewhere.test/auth/v1' }],
    ['another audience', { aud: 'other' }],
    ['no expiry', { exp: undefined }],
    ['the role of the server', { role: 'service_role' }],
    ['no role', { role: undefined }],
    ['a subject that is no user', { sub: 'admin' }],
    ['is_anonymous as text', { is_anonymous: 'true' }],
  ])('E06 with %s proves nothing', async (_name, changes) => {
    expect(await tokens.identify(await sign({ ...claims, ...changes }))).toEqual({ kind: 'invalid', expired: false })
  })

  it('E06 signed by another key proves nothing', async () => {
    expect(await tokens.identify(await sign(claims, makeSigningKey()))).toEqual({ kind: 'invalid', expired: false })
  })

  it('E06 of an unknown key id proves nothing', async () => {
    const token = await sign(claims, { ...signingKey, kid: 'other' })

    expect(await tokens.identify(token)).toEqual({ kind: 'invalid', expired: false })
  })

  it('E06 with alg none proves nothing', async () => {
    const token = `${encode({ alg: 'none', kid: signingKey.kid })}.${encode(claims)}.`

    expect(await tokens.identify(token)).toEqual({ kind: 'invalid', expired: false })
  })

  it('E06 signed with the public key as an HMAC secret proves nothing', async () => {
    const body = `${encode({ alg: 'HS256', kid: signingKey.kid })}.${encode(claims)}`
    const pem = createPublicKey({ key: publicKey, format: 'jwk' }).export({ type: 'spki', format: 'pem' })
    const signature = createHmac('sha256', pem).update(body).digest('base64url')

    expect(await tokens.identify(`${body}.${signature}`)).toEqual({ kind: 'invalid', expired: false })
  })

  it.each(['', 'a.b.c', 'not a token'])('that reads "%s" proves nothing', async (token) => {
    expect(await tokens.identify(token)).toEqual({ kind: 'invalid', expired: false })
  })

  it('is judged by its signature once a minute, and by its expiry always', async () => {
    let at = now()
    let asked = 0
    const local = createLocalJWKSet({ keys: [publicKey] })
    const keys: JWTVerifyGetKey = (...args) => {
      asked += 1
      return local(...args)
    }
    const patient = createTokens({ supabaseUrl, signingKey, now: () => at, keys })
    const token = await sign({ ...claims, exp: seconds + 90 })
    const kindAfter = async (ms: number) => {
      at = now() + ms
      return [(await patient.identify(token)).kind, asked]
    }

    expect(await kindAfter(0)).toEqual(['user', 1])
    expect(await kindAfter(59_000)).toEqual(['user', 1])
    expect(await kindAfter(60_000)).toEqual(['user', 2])
    expect(await kindAfter(79_000)).toEqual(['user', 2])
    expect(await kindAfter(80_000)).toEqual(['user', 3])
    expect(await kindAfter(96_000)).toEqual(['invalid', 4])
  })

  it('E06 of a key that it brings along proves nothing', async () => {
    const own = makeSigningKey()
    const { d: _secret, ...jwk } = own
    const header = { alg: 'ES256', kid: own.kid, jwk, jku: 'http://127.0.0.1:1/keys' }
    const token = await new SignJWT(claims).setProtectedHeader(header).sign(await importJWK(own, 'ES256'))

    expect(await tokens.identify(token)).toEqual({ kind: 'invalid', expired: false })
  })

  it('E06 that lost its signature is not taken for the one it was', async () => {
    const token = await sign(claims)
    await tokens.identify(token)

    expect(await tokens.identify(`${token.slice(0, token.lastIndexOf('.'))}.`)).toMatchObject({ kind: 'invalid' })
  })

  it('is neither good nor bad while the keys cannot be fetched', async () => {
    const cutOff = createTokens({ supabaseUrl: 'http://127.0.0.1:1', signingKey, now })

    expect(await cutOff.identify(await sign({ ...claims, iss: 'http://127.0.0.1:1/auth/v1' }))).toEqual({
      kind: 'unknown',
    })
  })
})
