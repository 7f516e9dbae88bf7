import type { Accounts } from '#server/adapters/accounts.ts'

/** Accounts of which nothing is known and nothing is left; what SQL decides is tested against Postgres. */
export function memoryAccounts(overrides: Partial<Accounts> = {}): Accounts {
  return {
    read: (id) =>
      Promise.resolve({ id, email: null, anonymous: true, providers: [], createdAt: '2026-11-23T12:00:00.000Z' }),
    isSessionLive: () => Promise.resolve(true),
    close: () => Promise.resolve({ ended: 0, credits: 0 }),
    takeErasures: () => Promise.resolve({ objects: [], users: [] }),
    endErasures: () => Promise.resolve(),
    forget: () => Promise.resolve(),
    images: () => Promise.resolve([]),
    links: () => Promise.resolve([]),
    purchases: () => Promise.resolve([]),
    ...overrides,
  }
}
