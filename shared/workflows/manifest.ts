import { z } from 'zod'
import { inputRoles } from '#shared/jobs/rules.ts'
import { sliderView } from '#shared/modes/schema.ts'

const key = z.string().regex(/^[a-z][a-z0-9_-]{0,31}$/)

/** One input of one node: where a value is written. */
export const fieldTarget = z.strictObject({ node: z.string().min(1), input: z.string().min(1) })
export type FieldTarget = z.infer<typeof fieldTarget>

const targets = z.array(fieldTarget).min(1)

/** A linear map of a slider (0..100) to a node field: 0 → `from`, 100 → `to`; `to` below `from` runs downwards. */
export const sliderBinding = fieldTarget.extend({
  slider: z.enum(['creativity', 'chaos']),
  from: z.number(),
  to: z.number(),
})

/**
 * Where the n-th image of a role goes; several slots of one role are filled in the order of the request. `absent` says
 * how the graph shrinks when there is no image for the slot; a slot without it is required.
 */
export const imageSlot = z.strictObject({
  role: z.enum(inputRoles),
  targets,
  weight: z.array(fieldTarget).default([]),
  absent: z.strictObject({ nodes: z.array(z.string()), inputs: z.array(fieldTarget) }).optional(),
})

/** A further number a job may set (`params` of its spec), with the range that is allowed. */
export const paramBinding = z.strictObject({ targets, min: z.number(), max: z.number() })

export const variant = z.strictObject({
  key,
  /** File name beside the manifest. */
  graph: z.string().regex(/^[a-z0-9_-]+\.api\.json$/),
  modelKey: z.string().min(1).max(80),
  family: z.string().min(1),
  licence: z.string().min(1),
  /** `non-commercial`: a paid job is refused unless the operator states a licence for `modelKey`. */
  licenceKind: z.enum(['free', 'non-commercial']),
  steps: z.int().min(1).max(200),
  /** Area of the work image, pixels. */
  pixels: z.int().min(4_096),
  /** The model's grid: width and height are multiples of it. */
  sizeMultiple: z.int().min(8),
  /** Whose aspect ratio the output takes; null = the request's `aspect`. */
  sizeFrom: z.enum(inputRoles).nullable(),
  /** The input is a work image, a mask goes with it, and outside the softened mask the output equals it. */
  repaints: z.boolean().default(false),
  /** The variant that serves a request without an image of that role. */
  whenAbsent: z.strictObject({ role: z.enum(inputRoles), variant: key }).optional(),
  /** `toy`: ran on a real ComfyUI with toy weights; `never`: only validated. No variant has run on real weights here. */
  proven: z.enum(['toy', 'never']).default('never'),
  fields: z.strictObject({
    prompt: targets,
    negative: z.array(fieldTarget).default([]),
    seed: targets,
    steps: targets,
    width: targets,
    height: targets,
    nonce: targets,
    /** File name of the softened mask, an RGB image. */
    mask: z.array(fieldTarget).default([]),
  }),
  sliders: z.array(sliderBinding).default([]),
  params: z.record(z.string(), paramBinding).default({}),
  images: z.array(imageSlot),
  /** Node whose progress counts as the job's steps. */
  sampler: z.string(),
  /** Node whose images are the result. */
  output: z.string(),
})
export type Variant = z.infer<typeof variant>

const roleInput = z
  .strictObject({ role: z.enum(inputRoles), title: z.string(), min: z.int().min(0), max: z.int().min(1).max(4) })
  .refine((input) => input.min <= input.max, 'min is above max')

export const manifest = z
  .strictObject({
    mode: key,
    title: z.string().min(1),
    summary: z.string().min(1),
    /** Credits an image. */
    price: z.int().min(0),
    inputs: z.array(roleInput),
    sliders: z.array(sliderView.strict()),
    variants: z.array(variant).min(1),
  })
  .refine((value) => new Set(value.variants.map((entry) => entry.key)).size === value.variants.length, 'variant twice')
export type Manifest = z.infer<typeof manifest>

/** A manifest from parsed JSON; throws `z.ZodError` naming each bad field. */
export function parseManifest(json: unknown): Manifest {
  return manifest.parse(json)
}

/** The variant of that key, or undefined. */
export function findVariant(value: Manifest, variantKey: string): Variant | undefined {
  return value.variants.find((entry) => entry.key === variantKey)
}
