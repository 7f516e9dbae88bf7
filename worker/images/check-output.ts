import { JobFailure } from '#worker/core/job-failure.ts'
import { openImage } from './sharp.ts'

/** Standard deviation, of 255, below which all channels count as one flat colour. Noise of a real image is above 2. */
const flat = 0.5
const iend = Buffer.from('0000000049454e44ae426082', 'hex')

/**
 * Positive evidence of a result: a whole PNG that decodes and is not one colour. A NaN latent ends in ComfyUI as
 * success with a black picture. Throws `JobFailure` `OUTPUT_CORRUPT` (a new attempt may do better) or `OUTPUT_EMPTY`.
 */
export async function checkOutput(bytes: Uint8Array): Promise<{ width: number; height: number }> {
  // The decoder forgives a missing end chunk.
  if (!Buffer.from(bytes.subarray(-iend.length)).equals(iend)) {
    throw new JobFailure('OUTPUT_CORRUPT', true, 'the PNG is cut off')
  }
  const { channels, width, height } = await decode(bytes)
  if (channels.every((channel) => channel.stdev < flat)) {
    throw new JobFailure('OUTPUT_EMPTY', false, 'the image is one colour')
  }
  return { width, height }
}

async function decode(bytes: Uint8Array) {
  try {
    const image = openImage(bytes)
    const { width, height } = await image.metadata()
    return { width, height, channels: (await image.removeAlpha().stats()).channels }
  } catch (error) {
    throw new JobFailure('OUTPUT_CORRUPT', true, 'the PNG does not decode', { cause: error })
  }
}
