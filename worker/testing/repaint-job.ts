import { createHash, randomUUID } from 'node:crypto'
import sharp from 'sharp'
import type { BenchBox } from './bench-box.ts'
import type { FakeJob } from './fake-jobs.ts'
import { noisyImage } from './images.ts'

type Softness = { grow: number; feather: number }

/** A mask of that size with one painted rectangle in its middle, half as wide and high. */
export async function middleMask(width: number, height: number): Promise<Buffer> {
  const inner = {
    width: Math.round(width / 2),
    height: Math.round(height / 2),
    channels: 3,
    background: '#fff',
  } as const
  return sharp({ create: { width, height, channels: 3, background: '#000' } })
    .composite([{ input: { create: inner }, gravity: 'centre' }])
    .png()
    .toBuffer()
}

function claimedImage(box: BenchBox, bytes: Buffer) {
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  const url = box.control.host(bytes)
  const size = { width: 256, height: 256, bytes: bytes.byteLength }
  return { assetId: randomUUID(), url, mime: 'image/png' as const, ...size, sha256 }
}

/** Queues a Surgeon job on a noisy work image of 256 × 256 pixels; the mask is `mask`, or the middle of it. */
export async function addRepaintJob(
  box: BenchBox,
  softness: Softness,
  options: { mask?: Buffer } = {},
): Promise<{ job: FakeJob; work: Buffer; mask: Buffer }> {
  const work = await noisyImage(256, 256)
  const mask = options.mask ?? (await middleMask(256, 256))
  const job = await box.addJob({
    mode: 'inpaint',
    variant: 'sdxl',
    modelKey: 'sdxl-base',
    inputs: [{ ...claimedImage(box, work), role: 'source', weight: 1, order: 0 }],
    mask: { ...claimedImage(box, mask), ...softness },
  })
  return { job, work, mask }
}
