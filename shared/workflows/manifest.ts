import { z } from 'zod'
import { inputRoles, type InputRole } from '#shared/jobs/rules.ts'
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
  absent: z
    .strictObject({
      nodes: z.array(z.string()),
      inputs: z.array(fieldTarget).default([]),
      /** Of the nodes taken out: what pointed at such a node points at what its `input` pointed at. */
      bypass: z.array(fieldTarget).default([]),
    })
    .optional(),
})

/** A further number a job may set (`params` of its spec), with the range that is allowed. */
export const paramBinding = z.strictObject({ targets, min: z.number(), max: z.number() })

/** Models of one family share text encoders and VAE, so a box swaps less between them. */
export const modelFamilies = ['sdxl', 'flux1', 'flux2', 'z-image', 'qwen-image'] as const

const variantShape = z.strictObject({
  key,
  /** File name beside the manifest. */
  graph: z.string().regex(/^[a-z0-9_-]+\.api\.json$/),
  /** Key in `models.json` of the main diffusion model: a box that has it loaded is warm for the variant. */
  modelKey: z.string().min(1).max(80),
  family: z.enum(modelFamilies),
  /** Keys in `models.json` of every file that the graph names. */
  models: z.array(z.string()).min(1),
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
    /** None when the graph takes the work image as it is. */
    width: z.array(fieldTarget).default([]),
    height: z.array(fieldTarget).default([]),
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

export const variant = variantShape
  .refine((value) => value.models.includes(value.modelKey), 'modelKey is not one of models')
  .refine((value) => value.repaints === value.fields.mask.length > 0, 'a variant repaints exactly when it takes a mask')
  .refine((value) => value.repaints || value.fields.width.length > 0, 'only a repainted work image needs no size')
  .refine(
    (value) => value.sizeFrom === null || value.images.some((slot) => slot.role === value.sizeFrom && !slot.absent),
    'the image that gives the size is not required',
  )
  .refine(
    ({ images }) =>
      images.every((slot, at) => slot.absent || !images.slice(0, at).some((s) => s.absent && s.role === slot.role)),
    'an optional slot stands before a required one of its role',
  )
export type Variant = z.infer<typeof variant>

/** Slots of the variant that take an image of the role. */
function slotsOf(value: { images: readonly { role: InputRole }[] }, role: InputRole): number {
  return value.images.filter((slot) => slot.role === role).length
}

const roleInput = z
  .strictObject({ role: z.enum(inputRoles), title: z.string(), min: z.int().min(0), max: z.int().min(1).max(4) })
  .refine((input) => input.min <= input.max, 'min is above max')

const manifestShape = z.strictObject({
  mode: key,
  title: z.string().min(1),
  summary: z.string().min(1),
  /** Credits an image. */
  price: z.int().min(0),
  inputs: z.array(roleInput),
  sliders: z.array(sliderView.strict()),
  variants: z.array(variant).min(1),
})

/** Variants that a request reaches only through another one's `whenAbsent`, each with the role it does without. */
function standIns(value: z.infer<typeof manifestShape>): Map<string, InputRole> {
  return new Map(
    value.variants.flatMap(({ whenAbsent }) => (whenAbsent ? [[whenAbsent.variant, whenAbsent.role]] : [])),
  )
}

/** What the variants of one mode may not differ in: every one takes each image that the mode offers. */
function manifestFaults(value: z.infer<typeof manifestShape>): string[] {
  const keys = value.variants.map((entry) => entry.key)
  const without = standIns(value)
  const roles = new Map(value.inputs.map((input) => [input.role, input]))
  return [
    ...keys.filter((entry, at) => keys.indexOf(entry) !== at).map((entry) => `variant twice: ${entry}`),
    ...[...without.keys()]
      .filter((entry) => !keys.includes(entry))
      .map((entry) => `whenAbsent names no variant ${entry}`),
    ...value.variants.flatMap((entry) =>
      inputRoles.flatMap((role) => {
        const offered = roles.get(role)
        const max = without.get(entry.key) === role ? 0 : (offered?.max ?? 0)
        const required = entry.images.filter((slot) => slot.role === role && !slot.absent).length
        const min = entry.whenAbsent?.role === role ? 1 : max === 0 ? 0 : (offered?.min ?? 0)
        return [
          ...(slotsOf(entry, role) === max
            ? []
            : [`${entry.key} takes ${slotsOf(entry, role)} of ${role}, offered ${max}`]),
          ...(required <= min ? [] : [`${entry.key} requires ${required} of ${role}, offered from ${min}`]),
        ]
      }),
    ),
  ]
}

export const manifest = manifestShape.superRefine((value, context) => {
  for (const message of manifestFaults(value)) context.addIssue({ code: 'custom', message })
})
export type Manifest = z.infer<typeof manifest>

/** A manifest from parsed JSON; throws `z.ZodError` naming each bad field. */
export function parseManifest(json: unknown): Manifest {
  return manifest.parse(json)
}

/** The variant of that key, or undefined. */
export function findVariant(value: Manifest, variantKey: string): Variant | undefined {
  return value.variants.find((entry) => entry.key === variantKey)
}
