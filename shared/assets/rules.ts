/** Facts of an image that browser and server agree on. No zod here: the browser bundles this file. */
export const imageMimes = ['image/jpeg', 'image/png', 'image/webp'] as const
export type ImageMime = (typeof imageMimes)[number]

export const assetKinds = ['input', 'mask', 'work', 'output', 'preview', 'timeline', 'thumb', 'lora'] as const
export type AssetKind = (typeof assetKinds)[number]

export const imageLimits = {
  /** Bytes of one upload after the browser's downscale. */
  uploadBytes: 5 * 1024 * 1024,
  /** Bytes of a file that the browser agrees to open. */
  fileBytes: 25 * 1024 * 1024,
  /** Long edge the browser scales down to before uploading, pixels. */
  longEdge: 2_048,
  /** The server's own ceiling, checked on the header before anything is decoded. */
  pixels: 4_096 * 4_096,
  /** Short edge below which no mode can work, pixels. */
  shortEdge: 64,
} as const
