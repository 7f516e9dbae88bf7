import type { MaskSoftness } from '#shared/mask/rules.ts'
import { softenMask } from '#shared/mask/soften.ts'

/** A mask as its owner painted it, by address, and how soft it is. */
export type MaskSource = { url: string; softness: MaskSoftness }

/**
 * The soft mask as a picture whose opacity is the blend weight: what a preview is cut to, so that it lies in the work
 * image as the result will. null when the mask cannot be fetched or read.
 */
export async function loadSoftMask({ url, softness }: MaskSource, signal: AbortSignal): Promise<ImageBitmap | null> {
  try {
    const blob = await (await fetch(url, { signal })).blob()
    const painted = await createImageBitmap(blob)
    const { width, height } = painted
    const drawing = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true })
    if (!drawing) return null
    drawing.drawImage(painted, 0, 0)
    painted.close()
    const pixels = drawing.getImageData(0, 0, width, height)
    const alpha = softenMask(pixels.data, width, height, softness)
    for (let i = 0; i < alpha.length; i += 1) pixels.data[i * 4 + 3] = alpha[i] ?? 0
    return await createImageBitmap(pixels)
  } catch {
    return null
  }
}
