import { z } from 'zod'
import { assetView } from '#shared/assets/schema.ts'
import { limitsView } from '#shared/limits/schema.ts'
import {
  cancelEffects,
  failureCodes,
  fallbackReasons,
  inputRoles,
  jobLimits,
  jobStages,
  jobStatuses,
  providers,
  purses,
  smallerReasons,
  waitReasons,
} from './rules.ts'
import { maskLimits } from '#shared/mask/rules.ts'
import { maxAspect } from '#shared/workflows/size.ts'
import { uuid } from '#shared/uuid.ts'
import { isPromptClean, promptLength } from './prompt.ts'

export const jobId = uuid

/** NFC-normalised by the caller's input pipeline; refused, never rewritten, when it holds what ComfyUI or jsonb cannot. */
export const prompt = z
  .string()
  .max(jobLimits.promptCodePoints * 4)
  .refine((text) => promptLength(text) <= jobLimits.promptCodePoints, { params: { code: 'PROMPT_INVALID' } })
  .refine(isPromptClean, { params: { code: 'PROMPT_INVALID' } })

const slider = z.number().min(jobLimits.slider.min).max(jobLimits.slider.max)

/** Seeds are text: ComfyUI accepts 0..2^64-1 and a JSON number is exact only to 2^53. */
export const seed = z.string().refine((text) => /^(0|[1-9]\d{0,19})$/.test(text) && BigInt(text) < 2n ** 64n)

export const jobInput = z.strictObject({
  assetId: uuid,
  role: z.enum(inputRoles),
  weight: z.number().min(0).max(1).default(1),
})

/** Painted by the user on the work image; `grow` and `feather` soften it (shared/mask/rules.ts). */
export const maskInput = z.strictObject({
  assetId: uuid,
  grow: z.int().min(maskLimits.grow.min).max(maskLimits.grow.max).default(maskLimits.grow.default),
  feather: z.int().min(maskLimits.feather.min).max(maskLimits.feather.max).default(maskLimits.feather.default),
})

export const createInput = z.strictObject({
  /** Chosen by the client at the press; the same id with the same request answers the same jobs. */
  requestId: uuid,
  mode: z.string().min(1).max(32),
  count: z.int().min(jobLimits.count.min).max(jobLimits.count.max).default(1),
  prompt: prompt.default(''),
  /** What to keep out; read only by modes whose `negative` is true. */
  negative: prompt.default(''),
  creativity: slider,
  chaos: slider,
  /** null = the server draws one. With count > 1 each further image takes seed + ordinal. */
  seed: seed.nullable().default(null),
  inputs: z.array(jobInput).max(jobLimits.inputs.max),
  /** Required by modes that repaint, refused by the others. */
  mask: maskInput.nullable().default(null),
  /** Width over height of an image that no input gives its shape; null = square. */
  aspect: z
    .number()
    .min(1 / maxAspect)
    .max(maxAspect)
    .nullable()
    .default(null),
  /** The caller's job whose images and settings this one takes up again, exactly or as a branch; part of its lineage. */
  againOf: jobId.optional(),
  /** What the button said: the request is refused, with nothing held, when it is no longer true. */
  purse: z.enum(purses),
  expectedPrice: z.int32().min(0),
})
export type CreateInput = z.infer<typeof createInput>

export const queueView = z.object({
  /** Jobs that will be served before this one; null once it runs. Never counts what no live worker can run. */
  ahead: z.int().nullable(),
  /** Live workers able to run it. 0 is its own sentence in the UI, never a number in a queue. */
  workersOnline: z.int(),
  /** Milliseconds until it is done, half of them sooner, from measured attempts; null while unknown. */
  etaMs: z.int().nullable(),
  /** As etaMs, nine of ten sooner. */
  p90Ms: z.int().nullable(),
  /** Milliseconds until a box that was asked for is expected to be up; null when none is starting. */
  startingMs: z.int().nullable(),
  /** A live worker that may take it holds its model; null while there is no such worker, or no template named. */
  warm: z.boolean().nullable(),
  /** Only an outside provider would render it as things are. */
  fallback: z.boolean(),
})
export type QueueView = z.infer<typeof queueView>

/** What the owner sees of one job. `outputs` are signed for an hour; `inputs` likewise. */
export const jobView = z.object({
  id: jobId,
  requestId: z.uuid(),
  ordinal: z.int(),
  transmission: z.string(),
  mode: z.string(),
  variant: z.string(),
  status: z.enum(jobStatuses),
  stage: z.enum(jobStages),
  epoch: z.int(),
  version: z.int(),
  step: z.int(),
  steps: z.int(),
  /** 0..1 over the whole graph. */
  progress: z.number(),
  purse: z.enum(purses),
  price: z.int(),
  /** Credits or free images given back so far (cancel or failure); 0 while open. */
  returned: z.int(),
  errorCode: z.enum(failureCodes).nullable(),
  prompt: z.string(),
  creativity: z.number(),
  chaos: z.number(),
  seed: z.string(),
  /** True when the image was made by the labelled stand-in, not by a GPU. Known once claimed. */
  standIn: z.boolean(),
  /** Set while or after an outside provider renders it. `notes`: how its image differs from our own, for people. */
  fallback: z
    .object({ provider: z.enum(providers), reason: z.enum(fallbackReasons), notes: z.array(z.string()) })
    .nullable(),
  /** Why the finished image is smaller than its mode makes them; null when it is not. */
  smaller: z.enum(smallerReasons).nullable(),
  inputs: z.array(z.object({ role: z.enum(inputRoles), weight: z.number(), asset: assetView })),
  negative: z.string(),
  mask: z.object({ grow: z.int(), feather: z.int(), asset: assetView }).nullable(),
  /** Width over height where no input gave the image its shape; null where one did. */
  aspect: z.number().nullable(),
  /** Empty once it is deleted. */
  outputs: z.array(assetView),
  favourite: z.boolean(),
  /** Removed by its owner; it can be taken back for thirty days. */
  deleted: z.boolean(),
  /** Jobs whose results were its inputs. */
  parents: z.array(jobId),
  queue: queueView.nullable(),
  /** What a cancel would do with the price, as of this answer; null once it is over. */
  cancel: z.enum(cancelEffects).nullable(),
  /** Why nothing starts this queued job, whatever its place; null when only its turn is missing. */
  waitsFor: z.enum(waitReasons).nullable(),
  createdAt: z.iso.datetime({ offset: true }),
  startedAt: z.iso.datetime({ offset: true }).nullable(),
  finishedAt: z.iso.datetime({ offset: true }).nullable(),
})
export type JobView = z.infer<typeof jobView>

export const createResult = z.object({ jobs: z.array(jobView), limits: limitsView })

/** createdAt of the last row seen, in UTC as the server writes it. */
export const jobCursor = z.iso
  .datetime({ offset: true })
  .refine((text) => /(Z|\+00:00)$/.test(text) && Date.parse(text) >= 0)

export const listInput = z.strictObject({
  cursor: jobCursor.optional(),
  limit: z.int().min(1).max(60).default(30),
})

export const quoteInput = z.strictObject({
  mode: z.string().min(1).max(32),
  count: z.int().min(jobLimits.count.min).max(jobLimits.count.max).default(1),
})

/** What the button says before it is pressed. */
export const quoteView = z.object({
  purse: z.enum(purses),
  /** In images for `free`, in credits for `credits`; for the whole press. */
  price: z.int(),
  queue: queueView,
  limits: limitsView,
  /** Why Generate cannot be pressed, when it cannot; null when it can. */
  refusal: z
    .enum([
      'PURSE_EMPTY',
      'FREE_LIMIT_REACHED',
      'FREE_PAUSED',
      'TOO_MANY_JOBS',
      'INTAKE_PAUSED',
      'QUEUE_FULL',
      'SPEND_CAP_REACHED',
      'MODE_UNAVAILABLE',
    ])
    .nullable(),
})
export type QuoteView = z.infer<typeof quoteView>
