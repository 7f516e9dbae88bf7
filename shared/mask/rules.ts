/** Facts of a repaint mask that browser, server and worker agree on. No zod here: the browser bundles this file. */
export const maskLimits = {
  /** Pixels of the work image by which the painted area grows (below 0: shrinks) before its edge is softened. */
  grow: { min: -64, max: 64, default: 8 },
  /** Width of the soft edge outside the grown area, pixels of the work image. */
  feather: { min: 0, max: 64, default: 16 },
} as const

export type MaskSoftness = { grow: number; feather: number }
