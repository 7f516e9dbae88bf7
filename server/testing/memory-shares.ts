import type { ShareRow, Shares } from '#server/adapters/database/shares.ts'
import { ForgeError } from '#shared/errors.ts'

/** Links in memory; that the job must be the owner's is tested against Postgres. */
export function memoryShares(): Shares {
  const held = new Map<string, ShareRow>()
  return {
    createShare(owner, { id, job, slug, recipe }) {
      const row = { id, slug, owner, job_id: job, recipe, created_at: '2026-11-23T18:00:00.000001+00:00' }
      held.set(id, row)
      return Promise.resolve(row)
    },
    revokeShare(owner, id) {
      if (held.get(id)?.owner !== owner) return Promise.reject(new ForgeError('NOT_FOUND'))
      held.delete(id)
      return Promise.resolve()
    },
    shares: (owner, job) =>
      Promise.resolve([...held.values()].filter((row) => row.owner === owner && row.job_id === job)),
    share: (slug) => Promise.resolve([...held.values()].find((row) => row.slug === slug) ?? null),
  }
}
