import { z } from 'zod'
import { imageMimes } from '#shared/assets/rules.ts'
import { failureCodes, inputRoles, jobStatuses, purses } from '#shared/jobs/rules.ts'
import { jobCursor, jobId, jobView } from '#shared/jobs/schema.ts'
import { uuid } from '#shared/uuid.ts'
import { galleryLimits } from './rules.ts'

const time = z.iso.datetime({ offset: true })
/** What Postgres can read too: no year 0, no offset beyond its own, no endless fraction. */
const moment = z.iso
  .datetime({ offset: true })
  .max(40)
  .refine((text) => Date.parse(text) > Date.UTC(100, 0, 1) && !/[+-](?:1[6-9]|2\d):\d\d$/.test(text))
/** A search as jsonb can hold it. */
const words = z
  .string()
  .trim()
  .max(galleryLimits.text)
  .refine((text) => text.isWellFormed() && !text.includes('\0'))
const modeKey = z.string().regex(/^[a-z0-9-]{1,40}$/)
const signedPicture = z.object({ url: z.url(), urlExpiresAt: time })

/** Which images; what is absent does not narrow. */
export const galleryFilter = z.strictObject({
  mode: modeKey.optional(),
  /** From this moment on. */
  from: moment.optional(),
  /** Up to but without this moment. */
  to: moment.optional(),
  favourite: z.boolean().optional(),
  /** Made with a mask. */
  masked: z.boolean().optional(),
  /** What was deleted and can still be brought back, instead of what is kept. */
  deleted: z.boolean().optional(),
  /** Key of a house style's mode, or `none`. */
  style: modeKey.optional(),
  /** Every word must be part of the prompt, in any case; or the whole is a transmission number. */
  text: words.optional(),
})
export type GalleryFilter = z.infer<typeof galleryFilter>

/** `<created_at>_<job id>` of the last item seen. */
export const galleryCursor = z
  .string()
  .max(100)
  .refine((text) => {
    const cut = text.lastIndexOf('_')
    return jobCursor.safeParse(text.slice(0, cut)).success && uuid.safeParse(text.slice(cut + 1)).success
  })

export const galleryListInput = galleryFilter.extend({
  cursor: galleryCursor.optional(),
  limit: z.int().min(1).max(galleryLimits.page).default(galleryLimits.page),
})

/** One cell before it is in sight: [job id, width, height, colour, favourite, failed]. A failed one has no image. */
export const galleryItem = z.tuple([jobId, z.int(), z.int(), z.string().nullable(), z.boolean(), z.boolean()])
export type GalleryItem = z.infer<typeof galleryItem>

/**
 * What a cell says and shows once it is in sight. A deleted one has neither prompt nor pictures, but where the deleted
 * ones are asked for.
 */
export const galleryCard = z.object({
  id: jobId,
  mode: z.string(),
  transmission: z.string(),
  status: z.enum(jobStatuses),
  errorCode: z.enum(failureCodes).nullable(),
  purse: z.enum(purses),
  returned: z.int(),
  step: z.int(),
  favourite: z.boolean(),
  deleted: z.boolean(),
  /** Until when a deleted one can be brought back; null when it is not deleted, or erased already. */
  until: time.nullable(),
  prompt: z.string(),
  createdAt: time,
  width: z.int().nullable(),
  height: z.int().nullable(),
  /** Of the full image. */
  bytes: z.int().nullable(),
  thumb: signedPicture.nullable(),
})
export type GalleryCard = z.infer<typeof galleryCard>

/** Newest first. The first page brings the cards of its first items too. */
export const galleryPage = z.object({
  items: z.array(galleryItem),
  nextCursor: galleryCursor.nullable(),
  /** Items that match from here on, this page included. */
  left: z.int(),
  /** Everything that is kept, whatever the filter; null on later pages. */
  total: z.int().nullable(),
  cards: z.array(galleryCard),
})
export type GalleryPage = z.infer<typeof galleryPage>

const some = (max: number) => z.array(jobId).min(1).max(max)
/** `deleted`: those of deleted ones too, as long as they can be brought back. */
export const galleryCardsInput = z.strictObject({ ids: some(galleryLimits.cards), deleted: z.boolean().default(false) })
export const favouriteInput = z.strictObject({ ids: some(galleryLimits.marks), favourite: z.boolean() })
export const marksInput = z.strictObject({ ids: some(galleryLimits.marks) })
/** Ids that are now as asked for; foreign, unknown and open ones are missing. */
export const marked = z.object({ ids: z.array(jobId) })
/** `until`: when what was removed cannot be taken back any more. */
export const removed = marked.extend({ until: time })

/** A full-size image to fetch, and what to call it. */
export const downloadFile = z.object({
  id: jobId,
  name: z.string(),
  mime: z.enum(imageMimes),
  bytes: z.int(),
  ...signedPicture.shape,
})
export type DownloadFile = z.infer<typeof downloadFile>
export const downloadInput = z.strictObject({ ids: some(galleryLimits.cards) })

/** One image with what it was made from and what was made from it; `job` is its recipe. */
export const lineageView = z.object({
  job: jobView,
  /** Its card while it is deleted and can be brought back; null otherwise. */
  trashed: galleryCard.nullable(),
  /** What it takes up again, exactly or as a branch. */
  againOf: galleryCard.nullable(),
  /** Its inputs in their order, also those whose picture is gone; `parent` is the result that one was. */
  sources: z.array(
    z.object({ assetId: z.uuid(), role: z.enum(inputRoles), weight: z.number(), parent: galleryCard.nullable() }),
  ),
  /** The newest of what was made from it. */
  children: z.array(galleryCard),
  childrenTotal: z.int(),
})
export type LineageView = z.infer<typeof lineageView>

/** How many generations away, at most; the first is `lineageView`'s. */
export const chainInput = z.strictObject({ id: jobId, depth: z.int().min(2).max(galleryLimits.depth) })
const generations = z.array(z.object({ cards: z.array(galleryCard), total: z.int() }))
/** What lies further than one step away, nearest generation first; of each the newest few. */
export const chainView = z.object({
  before: generations,
  after: generations,
  moreBefore: z.boolean(),
  moreAfter: z.boolean(),
})
export type ChainView = z.infer<typeof chainView>
