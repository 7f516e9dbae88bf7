import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import sharp from 'sharp'

/** `node client/build/icons.ts` draws the icons of the installed studio anew from its mark; they are committed. */
const folder = path.resolve(import.meta.dirname, '../public/icons')

/** The mark of favicon.svg on its 32 × 32 field, hot, with `margin` of the field kept free around it. */
function mark(margin: number): Buffer {
  const scale = 1 - 2 * margin
  const move = 32 * margin
  return Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><path fill="#0b0b0c" d="M0 0h32v32H0z"/>` +
      `<g transform="translate(${move} ${move}) scale(${scale})"><path fill="#ff6b1f" d="M8 2h22v22l-6 6H2V8z"/>` +
      `<path fill="#0b0b0c" d="M9 8h14v4h-9v3h7v4h-7v6H9z"/></g></svg>`,
  )
}

const icons = [
  { name: 'icon-192.png', size: 192, margin: 0.06 },
  { name: 'icon-512.png', size: 512, margin: 0.06 },
  // What a launcher may cut away of a maskable icon lies outside a circle of 80 % (w3.org/TR/appmanifest).
  { name: 'maskable-512.png', size: 512, margin: 0.2 },
  { name: 'apple-touch-icon.png', size: 180, margin: 0.12 },
] as const

await mkdir(folder, { recursive: true })
for (const { name, size, margin } of icons) {
  const svg = mark(margin)
  const png = await sharp(svg, { density: (72 * size) / 32 })
    .resize(size, size)
    .png({ palette: true })
    .toBuffer()
  await writeFile(path.join(folder, name), png)
}
