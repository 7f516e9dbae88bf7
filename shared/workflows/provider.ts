import { z } from 'zod'
import { inputRoles } from '#shared/jobs/rules.ts'

const key = z.string().regex(/^[a-z][a-z0-9_-]{0,31}$/)
/** An input of a provider's model. */
const field = z.string().regex(/^[a-z][a-z0-9_]{0,63}$/)
const slider = z.enum(['creativity', 'chaos'])
const scalar = z.union([z.string(), z.number(), z.boolean()])

/** Where a value was read; `null` = nobody has: an upper bound of ours. */
const source = z.strictObject({ url: z.url(), at: z.iso.date() }).nullable()

/** How images of one role reach the model: alone in a field, or one after another in a list that roles share. */
const imageField = z.strictObject({ role: z.enum(inputRoles), field, list: z.boolean().default(false) })

const size = z.discriminatedUnion('by', [
  /** The model follows the first image. */
  z.strictObject({ by: z.literal('image') }),
  /** The nearest of the ratios (`16:9`) that the field takes. */
  z.strictObject({ by: z.literal('ratio'), field, ratios: z.array(z.string().regex(/^\d+:\d+$/)).min(1) }),
])

/** One model that stands in for templates of a mode when no box of ours renders them. */
export const providerOffer = z.strictObject({
  variants: z.array(key).min(1),
  /** `owner/name` of an official model, which needs no version. */
  model: z.string().regex(/^[a-z0-9-]+\/[a-z0-9._-]+$/),
  /** `lead` stands before the artist's words, and before the text of the first of `words` whose slider is at most `upTo`. */
  prompt: z.strictObject({
    field,
    lead: z.string().default(''),
    words: z.array(z.strictObject({ slider, upTo: z.number(), text: z.string() })).default([]),
  }),
  images: z.array(imageField).default([]),
  /** White = repaint. */
  mask: field.optional(),
  /** Seeds are cut to what the model takes. */
  seed: z.strictObject({ field, bits: z.int().min(8).max(63) }).optional(),
  size,
  sliders: z.array(z.strictObject({ slider, field, from: z.number(), to: z.number() })).default([]),
  fixed: z.record(field, scalar),
  /** Where the address of the operator's LoRA goes; without that address the offer does not stand. */
  lora: field.optional(),
  /** Steps that its log counts to: all of `total`, or the share that a strength leaves. Null: it tells none. */
  steps: z.strictObject({ total: z.int().min(1), strength: field.optional() }).nullable(),
  /** US dollars an image; where images that are sent along cost too, without them. */
  usd: z.number().min(0).max(10),
  /** US dollars beside it for each image sent along; they are kept within the megapixel that this pays for. */
  usdPerImage: z.number().min(0).max(1).default(0),
  usdSource: source,
  /** Whether images may be sold for credits, and where that is said: what is not known is not sold. */
  sells: z.boolean(),
  licence: z.strictObject({ text: z.string().min(1), source }),
  /** Seconds that an image usually takes, for a bar without steps. */
  typicalS: z.number().min(1),
  /** Seconds after which the provider gives up by itself (`Cancel-After`). */
  deadlineS: z.int().min(5).max(600),
  /** How its image differs from our own, in sentences for the artist. */
  notes: z.array(z.string().min(1).max(200)).min(1).max(6),
})
export type ProviderOffer = z.infer<typeof providerOffer>

/** What a provider offers for one mode: `workflows/<mode>/<provider>.json`. */
const providerFile = z.strictObject({ mode: key, offers: z.array(providerOffer).min(1) })

type Known = { mode: string; variants: readonly { key: string; repaints: boolean }[] }

/** Offers by `mode/variant`; throws `z.ZodError`, or an Error naming what the mode does not have. */
export function readOffers(json: unknown, known: Known): Map<string, ProviderOffer> {
  const { mode, offers } = providerFile.parse(json)
  if (mode !== known.mode) throw new Error(`${known.mode} holds offers for ${mode}`)
  const found = new Map<string, ProviderOffer>()
  for (const offer of offers) {
    for (const key of offer.variants) {
      const variant = known.variants.find((entry) => entry.key === key)
      const name = `${mode}/${key}`
      if (!variant) throw new Error(`offer for ${name}, which does not exist`)
      if (found.has(name)) throw new Error(`two offers for ${name}`)
      if (variant.repaints !== (offer.mask !== undefined))
        throw new Error(`${name} repaints exactly when it takes a mask`)
      found.set(name, offer)
    }
  }
  return found
}

/** Images that one request may bring. */
const mostImages = 4

/** Millionths of a dollar, as books have it, for an image with so many sent along; unless told, with the most. */
export function usdMicrosOf(offer: Pick<ProviderOffer, 'usd' | 'usdPerImage'>, images: number = mostImages): number {
  return Math.round((offer.usd + offer.usdPerImage * images) * 1_000_000)
}
