import type { ImageMime } from '#shared/assets/rules.ts'

const extensions = { 'image/jpeg': 'jpg', 'image/png': 'png', 'image/webp': 'webp' } as const satisfies Record<
  ImageMime,
  string
>

/** Storage keys are made here alone and never hold an owner. */
export const storageKeys = {
  staging: (id: string) => `staging/${id}`,
  input: (asset: string, mime: ImageMime) => `inputs/${asset}.${extensions[mime]}`,
  work: (asset: string) => `works/${asset}.png`,
  mask: (asset: string) => `masks/${asset}.png`,
  output: (job: string, asset: string, mime: ImageMime) => `outputs/${job}/${asset}.${extensions[mime]}`,
} as const
