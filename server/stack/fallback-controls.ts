import { z } from 'zod'

const seconds = z.string().regex(/^\d+$/).transform(Number)

/** What an operator says of rendering at a provider, and the columns of the settings that it means. */
export const fallbackWords = {
  sell: z
    .union([
      z.literal('none').transform((): string[] => []),
      z
        .string()
        .regex(/^[a-z]+(,[a-z]+)*$/)
        .transform((text) => text.split(',')),
    ])
    .transform((modes) => ({ fallback_sells: modes })),
  fallback: z.enum(['off', 'on', 'always']).transform((word) => ({
    provider_fallback: word !== 'off',
    fallback_always: word === 'always',
  })),
  silence: z
    .union([z.literal('auto').transform(() => null), seconds])
    .transform((value) => ({ fallback_silence_s: value })),
  patience: z
    .union([z.literal('none').transform(() => null), seconds.pipe(z.number().min(1))])
    .transform((value) => ({ fallback_wait_s: value })),
}

export const fallbackUsage = `[fallback=off|on|always] [sell=<modes>|none] [silence=<seconds without a box>|auto] [patience=<seconds of predicted wait>|none]`
