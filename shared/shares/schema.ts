import { z } from 'zod'
import { assetView } from '#shared/assets/schema.ts'
import { jobStages, jobStatuses } from '#shared/jobs/rules.ts'
import { jobId } from '#shared/jobs/schema.ts'
import { uuid } from '#shared/uuid.ts'

/** `recipe`: whether whoever has the link also sees prompt, settings and seed. */
export const createShareInput = z.strictObject({ jobId, recipe: z.boolean() })
export const listSharesInput = z.strictObject({ jobId })
export const revokeShareInput = z.strictObject({ id: uuid })

/** A link as its owner sees it; the page is `/s/<slug>`. */
export const shareView = z.object({
  id: z.uuid(),
  slug: z.string(),
  recipe: z.boolean(),
  createdAt: z.iso.datetime({ offset: true }),
})
export type ShareView = z.infer<typeof shareView>

/** The slug is the whole secret. */
export const shareSlug = z.string().regex(/^[A-Za-z0-9_-]{16,64}$/)
export const viewShareInput = z.strictObject({ slug: shareSlug })

/** The pictures of a link, each under its own address beside the page: as small as the page needs it, and whole. */
export const sharedSizes = ['image', 'full'] as const
export type SharedSize = (typeof sharedSizes)[number]

/**
 * What anybody with the link sees: how far the image is, the image once it is there, and the recipe when its owner
 * chose so. Never what it was made from, never whose it is.
 */
export const sharedView = z.object({
  status: z.enum(jobStatuses),
  stage: z.enum(jobStages),
  step: z.int(),
  steps: z.int(),
  progress: z.number(),
  mode: z.string(),
  modeTitle: z.string(),
  transmission: z.string(),
  /** What `/s/<slug>/image` shows; null until it is done. */
  output: assetView.pick({ mime: true, width: true, height: true }).nullable(),
  /** What `/s/<slug>/full` shows. */
  full: assetView.pick({ mime: true, width: true, height: true }).nullable(),
  standIn: z.boolean(),
  recipe: z
    .object({
      prompt: z.string(),
      negative: z.string(),
      creativity: z.number(),
      chaos: z.number(),
      seed: z.string(),
    })
    .nullable(),
  createdAt: z.iso.datetime({ offset: true }),
})
export type SharedView = z.infer<typeof sharedView>
