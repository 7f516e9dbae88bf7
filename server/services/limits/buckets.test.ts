import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type BucketOwner, bucketsOf } from './buckets.ts'

const secret = 'a secret of the tests'
const account = '0199aaaa-0000-7000-8000-000000000001'
const visitor: BucketOwner = { account: null, anonymous: true, young: false, address: '203.0.113.9' }

const classes = (owner: BucketOwner) => bucketsOf(owner, secret).map((bucket) => bucket.class)

describe('buckets', () => {
  it.each<[string, Partial<BucketOwner>, string[]]>([
    ['a visitor', {}, ['network', 'wide']],
    ['an anonymous user', { account }, ['account', 'network', 'wide']],
    ['a young permanent user', { account, anonymous: false, young: true }, ['account', 'wide']],
    ['a permanent user', { account, anonymous: false }, ['account']],
  ])('of %s', (_name, owner, expected) => {
    expect(classes({ ...visitor, ...owner })).toEqual(expected)
  })

  it('of everyone without an address are the same', () => {
    expect(bucketsOf({ ...visitor, address: null }, secret)).toEqual(bucketsOf({ ...visitor, address: 'junk' }, secret))
  })

  it('never show an address or an account, and differ between classes and secrets', () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), fc.uuid(), (address, account) => {
        const owner = { ...visitor, account, address }
        const buckets = bucketsOf(owner, secret)
        const names = [...buckets, ...bucketsOf(owner, 'another secret of the tests')].map(({ bucket }) => bucket)

        expect(new Set(names).size).toBe(6)
        expect(names.every((name) => /^[0-9a-f]{64}$/.test(name))).toBe(true)
        expect(JSON.stringify(buckets)).not.toContain(account)
      }),
    )
  })

  it('do not change when an IPv6 host rotates within its /64', () => {
    const at = (host: string) => bucketsOf({ ...visitor, address: `2001:db8:1:2:${host}` }, secret)

    expect(at('aaaa::1')).toEqual(at('bbbb::2'))
  })
})
