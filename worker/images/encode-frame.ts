import { frameLimits } from '#shared/realtime/topics.ts'
import { isFlat, openImage } from './sharp.ts'

export type SmallFrame = { mime: 'image/jpeg' | 'image/png' | 'image/webp'; bytes: Uint8Array }

/**
 * A preview within the limits of the frame channel (24 KB, 512 px): untouched when it already is, else as WebP. null
 * when it does not decode, cannot be made small enough, or is one colour: that is no picture on its way but a NaN.
 */
export async function encodeFrame(frame: SmallFrame): Promise<SmallFrame | null> {
  try {
    const { width, height } = await openImage(frame.bytes).metadata()
    if (await isFlat(openImage(frame.bytes))) return null
    const small = Math.max(width, height) <= frameLimits.longEdge
    if (small && frame.bytes.byteLength <= frameLimits.bytes) return frame
    for (const [edge, quality] of [
      [frameLimits.longEdge, 60],
      [384, 50],
      [256, 40],
    ] as const) {
      const bytes = await openImage(frame.bytes)
        .resize({ width: edge, height: edge, fit: 'inside', withoutEnlargement: true })
        .webp({ quality, effort: 1 })
        .toBuffer()
      if (bytes.byteLength <= frameLimits.bytes) return { mime: 'image/webp', bytes }
    }
    return null
  } catch {
    return null
  }
}
