import { Hono } from 'hono'
import { expect, it } from 'vitest'
import { ownScriptHash } from './first-frame.ts'
import { securityHeaders } from './security-headers.ts'

async function policyWith(turnstileSiteKey: string | null): Promise<string[]> {
  const app = new Hono().use(securityHeaders({ supabaseUrl: 'http://supabase.test', turnstileSiteKey }))
  const answer = await app.get('/', (c) => c.text('page')).request('/')
  return (answer.headers.get('content-security-policy') ?? '').split('; ')
}

it('pages frame nothing and run no script of others', async () => {
  expect(await policyWith(null)).toEqual(
    expect.arrayContaining([`script-src 'self' ${ownScriptHash}`, "frame-src 'none'"]),
  )
})

it('where a captcha is asked for, its script and frame are let in, and nothing else', async () => {
  expect(await policyWith('0x4AAA')).toEqual(
    expect.arrayContaining([
      `script-src 'self' ${ownScriptHash} https://challenges.cloudflare.com`,
      'frame-src https://challenges.cloudflare.com',
    ]),
  )
})
