import { z } from 'zod'
import type { Supabase } from '#server/adapters/supabase.ts'
import { call, columnsOf, rows } from './calls.ts'

const shareRow = z.object({
  id: z.uuid(),
  slug: z.string(),
  owner: z.uuid(),
  job_id: z.uuid(),
  recipe: z.boolean(),
  created_at: z.iso.datetime({ offset: true }),
})
export type ShareRow = z.infer<typeof shareRow>

export type NewShare = { id: string; job: string; slug: string; recipe: boolean }

/** Public links to jobs. Only live ones are ever read. */
export type Shares = {
  /** The live link of that sort, made now or before. Throws JOB_NOT_FOUND. */
  createShare: (owner: string, share: NewShare) => Promise<ShareRow>
  /** Throws NOT_FOUND. */
  revokeShare: (owner: string, id: string) => Promise<void>
  shares: (owner: string, job: string) => Promise<ShareRow[]>
  share: (slug: string) => Promise<ShareRow | null>
}

export function createShares(client: Supabase): Shares {
  const live = () => client.from('shares').select(columnsOf(shareRow)).is('revoked_at', null)
  return {
    createShare: (owner, { id, job, slug, recipe }) =>
      call(client, 'create_share', { p_owner: owner, p_id: id, p_job: job, p_slug: slug, p_recipe: recipe }, shareRow),
    async revokeShare(owner, id) {
      await call(client, 'revoke_share', { p_owner: owner, p_id: id }, z.unknown())
    },
    shares: (owner, job) =>
      rows('shares', live().eq('owner', owner).eq('job_id', job).order('created_at', { ascending: false }), shareRow),
    async share(slug) {
      return (await rows('share', live().eq('slug', slug), shareRow))[0] ?? null
    },
  }
}
