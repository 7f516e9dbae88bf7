import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { networkOf, normaliseAddress, trustedAddress, wideNetworkOf } from './address.ts'

describe('the trusted address', () => {
  it('is the socket when no hop is trusted, whatever a header says', () => {
    fc.assert(
      fc.property(fc.string(), (header) => {
        expect(trustedAddress(0, '198.51.100.7', header)).toBe('198.51.100.7')
      }),
    )
  })

  it('is the entry that our own proxy wrote, whatever the client put before it', () => {
    fc.assert(
      fc.property(fc.string(), fc.ipV4(), fc.integer({ min: 1, max: 4 }), (words, client, hops) => {
        const proxies = Array.from({ length: hops - 1 }, () => '10.0.0.1')
        const header = [words, client, ...proxies].join(', ')

        expect(trustedAddress(hops, '10.0.0.2', header)).toBe(client)
      }),
    )
  })

  it('is the socket when the header did not pass all the proxies', () => {
    expect(trustedAddress(2, '192.0.2.1', '203.0.113.9')).toBe('192.0.2.1')
    expect(trustedAddress(1, '192.0.2.1', null)).toBe('192.0.2.1')
    expect(trustedAddress(1, '192.0.2.1', 'unknown')).toBe('192.0.2.1')
  })

  it('is null when there is none', () => {
    expect(trustedAddress(1, null, null)).toBeNull()
  })
})

describe('an address', () => {
  it.each([
    ['203.0.113.9:51234', '203.0.113.9'],
    [' 203.0.113.9 ', '203.0.113.9'],
    ['"[2001:db8::1]:443"', '2001:db8:0:0:0:0:0:1'],
    ['[2001:db8::1]', '2001:db8:0:0:0:0:0:1'],
    ['fe80::1%eth0', 'fe80:0:0:0:0:0:0:1'],
    ['::ffff:203.0.113.9', '203.0.113.9'],
    ['::FFFF:cb00:7109', '203.0.113.9'],
    ['2001:DB8:0:0::1', '2001:db8:0:0:0:0:0:1'],
    ['not an address', null],
    ['1.2.3.4.5', null],
    ['', null],
  ])('%s reads as %s', (text, expected) => {
    expect(normaliseAddress(text)).toBe(expected)
  })

  it('normalises to itself', () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (text) => {
        const once = normaliseAddress(text)

        expect(once).not.toBeNull()
        expect(normaliseAddress(once ?? '')).toBe(once)
      }),
    )
  })
})

describe('a network', () => {
  const group = fc.integer({ min: 1, max: 0xffff }).map((value) => value.toString(16))
  const groups = (count: number) => fc.array(group, { minLength: count, maxLength: count })

  it('is the same for every address of an IPv6 /64, and another beside it', () => {
    fc.assert(
      fc.property(groups(3), group, group, groups(8), (site, subnet, other, hosts) => {
        const [one, two] = [hosts.slice(0, 4), hosts.slice(4)]
        const address = (net: string, host: string[]) => [...site, net, ...host].join(':')

        expect(networkOf(address(subnet, one))).toBe(networkOf(address(subnet, two)))
        expect(networkOf(address(subnet, one)) === networkOf(address(other, one))).toBe(subnet === other)
      }),
    )
  })

  it('is wide over the 256 networks of a /56 and no further', () => {
    fc.assert(
      fc.property(groups(3), fc.nat(0xffff), fc.nat(0xffff), (site, one, two) => {
        const address = (net: number) => [...site, net.toString(16), 0, 0, 0, 1].join(':')

        expect(wideNetworkOf(address(one)) === wideNetworkOf(address(two))).toBe(one >> 8 === two >> 8)
      }),
    )
  })

  it('is the address itself in IPv4, mapped or not', () => {
    fc.assert(
      fc.property(fc.ipV4(), (text) => {
        expect(networkOf(text)).toBe(text)
        expect(wideNetworkOf(`::ffff:${text}`)).toBe(text)
      }),
    )
  })
})
