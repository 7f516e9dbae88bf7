import { scale } from '../nodes/pixels.ts'
import type { Raster } from './job.ts'
import { random } from './random.ts'

/**
 * A picture on its way out of noise: coarse shapes first, detail later, coloured grain fading with the noise level.
 * @param at `done` 0 … 1 of the steps; `denoise` is how noisy the first step is
 */
export async function previewRaster(
  picture: Raster,
  at: { seed: string; done: number; denoise: number },
): Promise<Raster> {
  const noise = at.denoise * (1 - at.done)
  const coarse = await coarsen(picture, noise)
  const next = random(`${at.seed}/preview`)
  const data = new Uint8Array(coarse.data.length)
  const amount = noise ** 0.8 * 165
  const fade = 1 - 0.45 * noise
  for (let i = 0; i < data.length; i += 1) {
    const grain = (next() + next() + next() - 1.5) * amount
    data[i] = Math.max(0, Math.min(255, 118 + ((coarse.data[i] ?? 0) - 118) * fade + grain))
  }
  return { ...coarse, data }
}

async function coarsen(picture: Raster, noise: number): Promise<Raster> {
  const factor = Math.min(1, 0.09 + (1 - noise) ** 2)
  const size = {
    width: Math.max(4, Math.round(picture.width * factor)),
    height: Math.max(4, Math.round(picture.height * factor)),
  }
  const small = await scale(picture, { ...size, method: 'bilinear' })
  return scale(small, { width: picture.width, height: picture.height, method: 'bicubic' })
}
