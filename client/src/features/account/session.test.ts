// @vitest-environment happy-dom
import { expect, test, vi } from 'vitest'

type Told = { access_token: string; expires_at: number; expires_in: number }
type Listener = (event: string, session: Told) => void

const told = vi.hoisted(() => ({ listener: null as Listener | null }))
vi.mock('./auth-client.ts', () => ({
  createAuthClient: () => ({
    onAuthStateChange: (listener: Listener) => {
      told.listener = listener
    },
  }),
}))

const twentyMinutesAgo = () => Math.floor(Date.now() / 1_000) - 1_200
const session = (token: string): Told => ({
  access_token: token,
  expires_at: twentyMinutesAgo() + 3_600,
  expires_in: 3_600,
})

test('a token that this browser kept says nothing about the clock, one that arrives does', async () => {
  // Files share a process: another may have loaded the real one.
  vi.resetModules()
  localStorage.setItem('forge-auth', JSON.stringify(session('h.kept.s')))
  const { clockSkewStore, loadAuth } = await import('./session.ts')
  await loadAuth()

  told.listener?.('SIGNED_IN', session('h.kept.s'))
  expect(clockSkewStore.get()).toBe(0)

  told.listener?.('TOKEN_REFRESHED', session('h.new.s'))
  expect(clockSkewStore.get()).toBeGreaterThan(1_000_000)
  vi.resetModules()
})
