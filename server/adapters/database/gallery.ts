import { z } from 'zod'
import type { Supabase } from '#server/adapters/supabase.ts'
import { imageMimes } from '#shared/assets/rules.ts'
import { failureCodes, inputRoles, jobStatuses, purses } from '#shared/jobs/rules.ts'
import { call } from './calls.ts'

const time = z.iso.datetime({ offset: true })
const ids = z.array(z.uuid())

const pageReply = z.object({
  items: z.array(z.tuple([z.uuid(), z.int(), z.int(), z.string().nullable(), z.boolean(), z.boolean()])),
  last: time.nullable(),
  left: z.int(),
  total: z.int().nullable(),
})
export type GalleryPageReply = z.infer<typeof pageReply>

const cardRow = z.object({
  id: z.uuid(),
  mode: z.string(),
  transmission: z.string(),
  status: z.enum(jobStatuses),
  error_code: z.enum(failureCodes).nullable(),
  purse: z.enum(purses),
  returned: z.int(),
  step: z.int(),
  favourite: z.boolean(),
  deleted: z.boolean(),
  until: time.nullable(),
  created_at: time,
  prompt: z.string(),
  thumb_key: z.string().nullable(),
  full_key: z.string().nullable(),
  mime: z.enum(imageMimes).nullable(),
  bytes: z.int().nullable(),
  width: z.int().nullable(),
  height: z.int().nullable(),
})
export type CardRow = z.infer<typeof cardRow>

const removedReply = z.object({ ids, until: time })
const lineageReply = z.object({
  again_of: z.uuid().nullable(),
  sources: z.array(
    z.object({ asset: z.uuid(), role: z.enum(inputRoles), weight: z.number(), job: z.uuid().nullable() }),
  ),
  children: ids,
  children_total: z.int(),
})

const generations = z.array(z.object({ jobs: ids, total: z.int() }))
const chainReply = z.object({
  before: generations,
  after: generations,
  more_before: z.boolean(),
  more_after: z.boolean(),
})

/** As `list_gallery` takes it; null does not narrow. `patterns` are LIKE patterns that must all match the prompt. */
export type GalleryQuery = {
  modes: string[] | null
  not_modes: string[] | null
  from: string | null
  to: string | null
  favourite: boolean | null
  masked: boolean
  /** What was deleted and can still be brought back, instead of what is kept. */
  deleted: boolean
  patterns: string[] | null
  transmission: string | null
}

/** The owner's kept images. Nobody else's is ever in an answer. */
export type Gallery = {
  galleryPage: (
    owner: string,
    query: GalleryQuery,
    page: { before: { at: string; id: string } | null; limit: number },
  ) => Promise<GalleryPageReply>
  galleryCards: (owner: string, jobs: readonly string[]) => Promise<CardRow[]>
  favouriteJobs: (owner: string, jobs: readonly string[], favourite: boolean) => Promise<string[]>
  removeJobs: (owner: string, jobs: readonly string[]) => Promise<z.infer<typeof removedReply>>
  restoreJobs: (owner: string, jobs: readonly string[]) => Promise<string[]>
  lineage: (owner: string, job: string) => Promise<z.infer<typeof lineageReply>>
  /** What lies further than one step away, `depth` generations either way at most. Throws JOB_NOT_FOUND. */
  jobChain: (owner: string, job: string, depth: number) => Promise<z.infer<typeof chainReply>>
  /** Erases what was removed thirty days ago, at most `limit`; answers how many. */
  purgeDeleted: (limit: number) => Promise<number>
}

export function createGallery(client: Supabase): Gallery {
  return {
    galleryPage: (owner, query, { before, limit }) =>
      call(
        client,
        'list_gallery',
        {
          p_owner: owner,
          p_filter: query,
          p_before: before?.at ?? null,
          p_before_id: before?.id ?? null,
          p_limit: limit,
        },
        pageReply,
      ),
    galleryCards: (owner, jobs) =>
      call(client, 'gallery_cards', { p_owner: owner, p_jobs: [...jobs] }, z.array(cardRow)),
    favouriteJobs: (owner, jobs, favourite) =>
      call(client, 'favourite_jobs', { p_owner: owner, p_jobs: [...jobs], p_favourite: favourite }, ids),
    removeJobs: (owner, jobs) => call(client, 'remove_jobs', { p_owner: owner, p_jobs: [...jobs] }, removedReply),
    restoreJobs: (owner, jobs) => call(client, 'restore_jobs', { p_owner: owner, p_jobs: [...jobs] }, ids),
    lineage: (owner, job) => call(client, 'job_lineage', { p_owner: owner, p_job: job }, lineageReply),
    jobChain: (owner, job, depth) =>
      call(client, 'job_chain', { p_owner: owner, p_job: job, p_depth: depth }, chainReply),
    purgeDeleted: (limit) => call(client, 'purge_deleted', { p_limit: limit }, z.int()),
  }
}
