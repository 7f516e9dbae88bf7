import { createHash } from 'node:crypto'
import sharp from 'sharp'

/** What one prediction is made of: bytes of its images in the order of its input. */
export type Brief = {
  images: readonly Uint8Array[]
  mask: Uint8Array | null
  prompt: string
  seed: number
  strength: number
  ratio: string
}

const side = 768

type Canvas = { width: number; height: number }
type Raw = { data: Buffer; raw: Canvas & { channels: 4 } }

/** Two colours of the words and the seed: the same request gives the same picture. */
function coloursOf({ prompt, seed }: Brief): [Buffer, Buffer] {
  const hash = createHash('sha256').update(`${prompt}\n${seed}`).digest()
  return [hash.subarray(0, 3), hash.subarray(3, 6)]
}

async function canvasOf({ images, ratio }: Brief): Promise<Canvas> {
  const [first] = images
  if (first) {
    const { width, height } = await sharp(first).metadata()
    return { width, height }
  }
  const [w = 1, h = 1] = ratio.split(':').map(Number)
  return { width: Math.round(side * Math.sqrt(w / h)), height: Math.round(side * Math.sqrt(h / w)) }
}

/** Slanted bands between two colours, as raw pixels: no decoder is needed for what was never encoded. */
function bands(brief: Brief, { width, height }: Canvas, opacity: number): Raw {
  const [from, to] = coloursOf(brief)
  const data = Buffer.alloc(width * height * 4)
  const band = Math.max(6, Math.round(width / 14)) + (brief.seed % 7)
  for (let y = 0, at = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1, at += 4) {
      const share = (x + y) / (width + height)
      const light = Math.floor((x + y) / band) % 2 === 0 ? 24 : 0
      for (let channel = 0; channel < 3; channel += 1) {
        const value = (from[channel] ?? 0) * (1 - share) + (to[channel] ?? 0) * share + light
        data[at + channel] = Math.min(255, value)
      }
      data[at + 3] = 255 * opacity
    }
  }
  return { data, raw: { width, height, channels: 4 } }
}

/** Every input can be seen in it: images, words, seed and strength. */
export async function paint(brief: Brief): Promise<Uint8Array> {
  const canvas = await canvasOf(brief)
  const ground = { create: { ...canvas, channels: 3 as const, background: '#444' } }
  const [first] = brief.images
  const base = await (first ? sharp(first).removeAlpha() : sharp(ground)).png().toBuffer()
  const others = await Promise.all(
    brief.images.slice(1).map(async (image, at) => {
      const seen = sharp(image)
        .resize({ ...canvas, fit: 'cover' })
        .removeAlpha()
        .ensureAlpha(0.35 / (at + 1))
      return { input: await seen.png().toBuffer() }
    }),
  )
  const { data, raw } = bands(brief, canvas, 0.25 + 0.6 * brief.strength)
  return sharp(base)
    .composite([...others, { input: data, raw }])
    .png({ compressionLevel: 1 })
    .toBuffer()
}

export async function paintBlank(brief: Brief): Promise<Uint8Array> {
  const canvas = await canvasOf(brief)
  return sharp({ create: { ...canvas, channels: 3, background: '#000' } })
    .png()
    .toBuffer()
}
