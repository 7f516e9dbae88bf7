import { Hono } from 'hono'
import { expect, it } from 'vitest'
import { bucketsOf } from '#server/services/limits/buckets.ts'
import { testDeps } from '#server/testing/deps.ts'
import { requestScope } from './request-scope.ts'
import type { HttpEnv } from './types.ts'

/** The address that a request with those X-Forwarded-For lines has behind `hops` proxies. */
async function addressOf(hops: number, lines: readonly string[], peer = '10.0.0.2'): Promise<string | null> {
  const { deps } = await testDeps()
  deps.config = { ...deps.config, trustedHops: hops }
  const app = new Hono<HttpEnv>().use(requestScope(deps)).get('/', (c) => c.json({ address: c.var.address }))
  const headers = new Headers()
  for (const line of lines) headers.append('x-forwarded-for', line)
  const incoming = { socket: { remoteAddress: peer } }
  const response = await app.request('/', { headers }, { incoming })
  return ((await response.json()) as { address: string | null }).address
}

const bucketOf = (address: string | null) =>
  bucketsOf({ account: null, anonymous: true, young: false, address }, 'a secret of the tests')

it.each<[string, number, string[]]>([
  ['nothing else', 1, ['203.0.113.9']],
  ['an address of the client’s own before it', 1, ['1.2.3.4, 203.0.113.9']],
  ['a whole forged chain before it', 1, ['1.2.3.4, 10.0.0.1, 127.0.0.1, 203.0.113.9']],
  ['a forged line before the proxy’s line', 1, ['1.2.3.4', '203.0.113.9']],
  ['words, blanks and a port', 1, ['unknown,  203.0.113.9:51234 ']],
  ['an IPv4-mapped spelling', 1, ['::ffff:203.0.113.9']],
  ['the same in hexadecimal', 1, ['::FFFF:cb00:7109']],
  ['two proxies of ours', 2, ['203.0.113.9, 10.0.0.1']],
  ['three, and a forged line', 3, ['1.2.3.4', '203.0.113.9, 10.0.0.7, 10.0.0.1']],
])('E10 a client lands in one bucket however its header is written: %s', async (_name, hops, lines) => {
  const address = await addressOf(hops, lines)

  expect(address).toBe('203.0.113.9')
  expect(bucketOf(address)).toEqual(bucketOf('203.0.113.9'))
})

it('E10 without a trusted proxy the header is not read at all', async () => {
  expect(await addressOf(0, ['1.2.3.4'], '203.0.113.9')).toBe('203.0.113.9')
  expect(await addressOf(0, ['1.2.3.4'], '::ffff:203.0.113.9')).toBe('203.0.113.9')
})
