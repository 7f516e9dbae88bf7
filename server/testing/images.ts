import { crc32, deflateSync } from 'node:zlib'
import sharp from 'sharp'

type Size = { width: number; height: number }

/** Pixels that differ from each other the same way every time: nothing near-uniform, nothing random. */
export function texture({ width, height }: Size, channels: 3 | 4 = 3) {
  const pixels = Buffer.alloc(width * height * channels)
  for (let index = 0; index < pixels.length; index += 1) pixels[index] = (index * 2_654_435_761) >>> 24
  return sharp(pixels, { raw: { width, height, channels } })
}

export const png = (size: Size = { width: 96, height: 80 }) => texture(size).png().toBuffer()
export const jpeg = (size: Size = { width: 96, height: 80 }) => texture(size).jpeg().toBuffer()
export const webp = (size: Size = { width: 96, height: 80 }) => texture(size).webp().toBuffer()

/** One colour everywhere. */
export const flat = (size: Size = { width: 96, height: 80 }) =>
  sharp({ create: { ...size, channels: 3, background: '#000' } })
    .png()
    .toBuffer()

/** A mask as a browser paints it: white in the `area`, elsewhere black, or nothing when there is alpha. */
export function painted(size: Size, area: Size & { left: number; top: number }, channels: 1 | 3 | 4 = 3) {
  const pixels = Buffer.alloc(size.width * size.height * channels)
  for (let y = area.top; y < area.top + area.height; y += 1) {
    const start = (y * size.width + area.left) * channels
    pixels.fill(255, start, start + area.width * channels)
  }
  return sharp(pixels, { raw: { ...size, channels } })
    .png()
    .toBuffer()
}

/** A PNG of about 30 KB that decodes to 16,000 × 16,000 pixels, one bit each. */
export function bomb(): Buffer {
  const side = 16_000
  const header = Buffer.alloc(13)
  header.writeUInt32BE(side, 0)
  header.writeUInt32BE(side, 4)
  header.set([1, 0, 0, 0, 0], 8)
  const rows = Buffer.alloc(side * (1 + side / 8))
  const signature = Buffer.from('89504e470d0a1a0a', 'hex')
  return Buffer.concat([signature, chunk('IHDR', header), chunk('IDAT', deflateSync(rows)), chunk('IEND')])
}

function chunk(type: string, data: Buffer = Buffer.alloc(0)): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'ascii'), data])
  const framed = Buffer.alloc(body.length + 8)
  framed.writeUInt32BE(data.length, 0)
  body.copy(framed, 4)
  framed.writeUInt32BE(crc32(body), body.length + 4)
  return framed
}

export const animatedWebp = async () =>
  sharp([await png(), await jpeg()], { join: { animated: true } })
    .webp()
    .toBuffer()

/** A still PNG with an `acTL` chunk put before its data, as an APNG has. */
export async function animatedPng(): Promise<Buffer> {
  const still = await png()
  const control = chunk('acTL', Buffer.from('0000000200000000', 'hex'))
  const endOfHeader = 8 + 25
  return Buffer.concat([still.subarray(0, endOfHeader), control, still.subarray(endOfHeader)])
}

export const svg = () => Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="96" height="96"><rect/></svg>')
