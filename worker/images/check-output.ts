import { JobFailure } from '#worker/core/job-failure.ts'
import { isFlatRaster, type Raster, readPixels } from './sharp.ts'

const iend = Buffer.from('0000000049454e44ae426082', 'hex')

/**
 * Positive evidence of a result: a whole PNG that decodes and is not one colour. A NaN latent ends in ComfyUI as
 * success with a black picture. Answers its pixels, so that nothing decodes it
 * again. Throws `JobFailure` `OUTPUT_CORRUPT` (a new attempt may do better) or `OUTPUT_EMPTY`.
 */
export async function checkOutput(bytes: Uint8Array): Promise<Raster> {
  // The decoder forgives a missing end chunk.
  if (!Buffer.from(bytes.subarray(-iend.length)).equals(iend)) {
    throw new JobFailure('output-corrupt', 'the PNG is cut off')
  }
  const pixels = await decode(bytes)
  if (isFlatRaster(pixels)) {
    throw new JobFailure('output-flat', 'the image is one colour')
  }
  return pixels
}

async function decode(bytes: Uint8Array): Promise<Raster> {
  try {
    return await readPixels(bytes)
  } catch (error) {
    throw new JobFailure('output-corrupt', 'the PNG does not decode', { cause: error })
  }
}
