import { expect, it } from 'vitest'
import { makeSigningKey } from '#server/testing/deps.ts'
import { readEnv } from './env.ts'

const good = {
  SUPABASE_URL: 'http://127.0.0.1:54321/',
  SUPABASE_PUBLISHABLE_KEY: 'sb_publishable_x',
  SUPABASE_SECRET_KEY: 'sb_secret_x',
  SUPABASE_JWT_SIGNING_KEY: JSON.stringify(makeSigningKey()),
  FORGE_BUCKET_SECRET: 'a secret of the tests',
}

it('listens on loopback and trusts no proxy unless told otherwise', () => {
  const env = readEnv(good)

  expect(env).toMatchObject({ HOST: '127.0.0.1', TRUSTED_HOPS: 0, SUPABASE_URL: 'http://127.0.0.1:54321' })
})

it('takes a Stripe key only with its webhook secret, and two secrets while one is being changed', () => {
  const key = { ...good, STRIPE_SECRET_KEY: 'sk_test_x' }

  expect(() => readEnv(key)).toThrow(/STRIPE_WEBHOOK_SECRET/)
  expect(() => readEnv({ ...key, STRIPE_WEBHOOK_SECRET: 'hunter2' })).toThrow(/STRIPE_WEBHOOK_SECRET/)
  expect(() => readEnv({ ...key, STRIPE_SECRET_KEY: 'pk_live_x', STRIPE_WEBHOOK_SECRET: 'whsec_a' })).toThrow(
    /SECRET_KEY/,
  )
  expect(readEnv({ ...key, STRIPE_WEBHOOK_SECRET: 'whsec_a, whsec_b' }).STRIPE_WEBHOOK_SECRET).toEqual([
    'whsec_a',
    'whsec_b',
  ])
})

it('E07 takes the ids of revoked keys, and not that of the key it signs with', () => {
  const { kid } = makeSigningKey()

  expect(readEnv(good).SUPABASE_REVOKED_KEYS).toEqual([])
  expect(readEnv({ ...good, SUPABASE_REVOKED_KEYS: 'a, b,' }).SUPABASE_REVOKED_KEYS).toEqual(['a', 'b'])
  expect(() => readEnv({ ...good, SUPABASE_REVOKED_KEYS: kid })).toThrow(/SUPABASE_REVOKED_KEYS/)
})

it('E18 names every bad variable and shows no value', () => {
  const bad = { ...good, SUPABASE_URL: 'nowhere', SUPABASE_JWT_SIGNING_KEY: 'hunter2', FORGE_BUCKET_SECRET: 'short' }

  expect(() => readEnv(bad)).toThrow(/SUPABASE_URL[^]*SUPABASE_JWT_SIGNING_KEY[^]*FORGE_BUCKET_SECRET/)
  expect(() => readEnv(bad)).not.toThrow(/hunter2|nowhere/)
})
