/** Small enough for a processor: area of the work image in pixels, and sampling steps. */
export const toySize = { pixels: 128 * 128, steps: 2 } as const
