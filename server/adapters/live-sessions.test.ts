import { randomUUID } from 'node:crypto'
import { UnsecuredJWT } from 'jose'
import { expect, it } from 'vitest'
import { requireLiveSessions } from './live-sessions.ts'
import type { Tokens } from './tokens.ts'

const user = { kind: 'user', user: { id: randomUUID(), anonymous: false, operator: false } } as const
const tokens: Tokens = {
  identify: () => Promise.resolve(user),
  signWorker: () => Promise.reject(new Error('not asked')),
}

function tokenOf(claims: Record<string, string>): string {
  return new UnsecuredJWT(claims).encode()
}

it('a session is asked for once a minute, and its end is felt then', async () => {
  let at = 0
  let live = true
  let asked = 0
  const isLive = () => {
    asked += 1
    return Promise.resolve(live)
  }
  const { identify } = requireLiveSessions(tokens, isLive, () => at)
  const token = tokenOf({ session_id: randomUUID() })

  expect(await identify(token)).toEqual(user)
  live = false
  at = 59_000
  expect(await identify(token)).toEqual(user)
  at = 60_001
  expect(await identify(token)).toEqual({ kind: 'invalid', expired: true })
  expect(asked).toBe(2)
})

it('a token that names no session counts by itself', async () => {
  const { identify } = requireLiveSessions(
    tokens,
    () => Promise.resolve(false),
    () => 0,
  )

  expect(await identify(tokenOf({}))).toEqual(user)
})

it('when nobody can say, nobody is believed or sent away', async () => {
  const { identify } = requireLiveSessions(
    tokens,
    () => Promise.reject(new Error('down')),
    () => 0,
  )

  expect(await identify(tokenOf({ session_id: randomUUID() }))).toEqual({ kind: 'unknown' })
})
