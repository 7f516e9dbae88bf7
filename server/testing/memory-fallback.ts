import type { Fallback } from '#server/adapters/database/fallback.ts'

/** Consents in memory; notes and costs are tested against Postgres. */
export function memoryFallback(): Fallback {
  const refused = new Set<string>()
  return {
    noteRemote: () => Promise.resolve(),
    bookProviderCost: () => Promise.resolve(),
    providerConsent: (owner) => Promise.resolve({ refused: refused.has(owner), used: true }),
    refuseProvider(owner, refuses) {
      if (refuses) refused.add(owner)
      else refused.delete(owner)
      return Promise.resolve({ running: 0 })
    },
  }
}
