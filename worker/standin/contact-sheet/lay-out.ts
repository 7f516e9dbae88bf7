import sharp from 'sharp'

/** Height of the line above a picture, and the space between pictures, px. */
const line = 26
const gap = 10

export type Cell = { label: string; image: Buffer }

/** One WebP sheet: rows of labelled pictures `cell` px high under a title. */
export async function layOut(title: string, rows: readonly (readonly Cell[])[], cell = 248): Promise<Buffer> {
  const placed: { input: Buffer; left: number; top: number }[] = [{ ...(await text(title, 22)), left: gap, top: gap }]
  let top = gap * 2 + 26
  let right = 0
  for (const row of rows) {
    let left = gap
    for (const { label, image } of row) {
      const small = await sharp(image).resize({ height: cell }).png().toBuffer({ resolveWithObject: true })
      placed.push({ ...(await text(label, 13)), left, top: top + 4 })
      placed.push({ input: small.data, left, top: top + line })
      left += small.info.width + gap
    }
    right = Math.max(right, left)
    top += line + cell + gap
  }
  const background = '#17150f'
  return sharp({ create: { width: right, height: top, channels: 3, background } })
    .composite(placed)
    .webp({ quality: 82 })
    .toBuffer()
}

async function text(words: string, size: number): Promise<{ input: Buffer }> {
  const safe = words.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${Math.ceil(words.length * size * 0.62 + 8)}" height="${Math.ceil(size * 1.4)}"><text x="0" y="${size}" font-family="sans-serif" font-size="${size}" fill="#e9dfc9">${safe}</text></svg>`
  return { input: await sharp(Buffer.from(svg)).png().toBuffer() }
}
