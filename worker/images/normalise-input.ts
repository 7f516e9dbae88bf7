import { JobFailure } from '#worker/core/job-failure.ts'
import { openImage } from './sharp.ts'

export type WorkImage = { bytes: Uint8Array; width: number; height: number }

/**
 * An input as ComfyUI is to see it: upright, on white where it was transparent, 8-bit sRGB PNG. ComfyUI itself loads
 * half a JPEG without a word, animations as batches and CMYK with a bogus mask. Throws `JobFailure`
 * `INPUT_UNREADABLE`.
 */
export async function normaliseInput(bytes: Uint8Array): Promise<WorkImage> {
  try {
    const { pages = 1 } = await openImage(bytes).metadata()
    if (pages > 1) throw new JobFailure('input-bad', 'animated image')
    const { data, info } = await openImage(bytes)
      .autoOrient()
      .flatten({ background: '#ffffff' })
      .toColourspace('srgb')
      .png({ compressionLevel: 1, palette: false })
      .toBuffer({ resolveWithObject: true })
    return { bytes: data, width: info.width, height: info.height }
  } catch (error) {
    if (error instanceof JobFailure) throw error
    throw new JobFailure('input-bad', 'input does not decode', { cause: error })
  }
}
