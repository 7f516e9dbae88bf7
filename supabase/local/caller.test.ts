import { expect, test } from 'vitest'

import { signAs, signToken } from './auth/tokens.ts'
import { bearerOf, resolveCaller } from './caller.ts'
import { makeKeys } from './keys.ts'

const url = 'http://127.0.0.1:54321'
const keys = await makeKeys()
const ctx = { url, keys }
const now = Math.floor(Date.now() / 1000)
const sub = '10000000-0000-4000-8000-000000000001'
const token = await signToken(keys, url, { sub, role: 'authenticated', iat: now, exp: now + 60 })

const caller = (apikey?: string, bearer?: string): ReturnType<typeof resolveCaller> =>
  resolveCaller(
    ctx,
    new Headers({
      ...(apikey === undefined ? {} : { apikey }),
      ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
    }),
  )

test('the keys stand for their roles, as apikey, as bearer, or both', async () => {
  const { publishableKey, secretKey } = keys

  expect((await caller(publishableKey)).role).toBe('anon')
  expect((await caller(secretKey)).role).toBe('service_role')
  expect((await caller(secretKey, secretKey)).role).toBe('service_role')
  expect((await caller(undefined, secretKey)).role).toBe('service_role')
  expect((await caller(secretKey, publishableKey)).role).toBe('anon')
})

test('a token decides over the key', async () => {
  expect(await caller(keys.publishableKey, token)).toMatchObject({ role: 'authenticated', claims: { sub } })
  expect((await caller(keys.secretKey, token)).role).toBe('authenticated')
})

test('E06 no key, an unknown key and a key of another installation are refused', async () => {
  const other = await makeKeys()

  for (const [apikey, bearer] of [
    [undefined, undefined],
    ['', undefined],
    ['sb_secret_x', undefined],
    [other.secretKey, undefined],
    [keys.publishableKey, other.secretKey],
    [other.publishableKey, token],
  ]) {
    await expect(caller(apikey, bearer)).rejects.toMatchObject({ status: 401 })
  }
})

test('E06 a token that was not signed for this stack is refused', async () => {
  const other = await makeKeys()
  const base = { sub, role: 'authenticated', iat: now, exp: now + 60 }
  const issued = { ...base, iss: `${url}/auth/v1`, aud: 'authenticated' }
  const { exp: _exp, ...endless } = issued
  const { role: _role, ...roleless } = issued
  const bad = [
    await signToken(keys, url, { ...base, exp: now - 1 }),
    await signToken(keys, 'http://127.0.0.1:1', base),
    await signToken(other, url, base),
    await signAs(keys.signingKey, { ...issued, aud: 'storage' }),
    await signAs(keys.signingKey, endless),
    await signAs(keys.signingKey, roleless),
    `${token}x`,
    unsigned(issued),
    'not.a.token',
  ]

  for (const each of bad) await expect(caller(keys.publishableKey, each)).rejects.toMatchObject({ status: 401 })
})

test('a verified token is believed until it expires and no longer', async () => {
  const brief = await signToken(keys, url, {
    sub,
    role: 'authenticated',
    iat: now,
    exp: Math.floor(Date.now() / 1000) + 2,
  })
  await caller(keys.publishableKey, brief)

  await new Promise((done) => {
    setTimeout(done, 2100)
  })

  await expect(caller(keys.publishableKey, brief)).rejects.toMatchObject({ body: { message: 'JWT expired' } })
})

test('only a well-formed bearer counts', () => {
  expect(bearerOf(new Headers({ authorization: 'bearer abc' }))).toBe('abc')
  expect(bearerOf(new Headers({ authorization: 'Basic abc' }))).toBeNull()
  expect(bearerOf(new Headers({ authorization: 'Bearer a b' }))).toBeNull()
})

function unsigned(payload: object): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  return `${part({ alg: 'none', kid: keys.signingKey.kid })}.${part(payload)}.`
}
