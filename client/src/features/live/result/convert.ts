import { provenanceXmp, recipeText } from '#shared/assets/provenance.ts'
import type { Recipe } from '#shared/assets/provenance.ts'
import { describeJpeg } from './core/jpeg.ts'
import { describePng } from './core/png.ts'
import { describeWebp } from './core/webp.ts'

export const formats = ['png', 'jpeg', 'webp'] as const
export type Format = (typeof formats)[number]

const quality = 0.92

type Wish = {
  format: Format
  standIn: boolean
  /** null: the file says nothing of how it was made. */
  recipe: Recipe | null
}

async function encode(
  picture: Blob,
  format: Format,
): Promise<{ bytes: Uint8Array; width: number; height: number } | null> {
  const bitmap = await createImageBitmap(picture)
  const { width, height } = bitmap
  const canvas = new OffscreenCanvas(width, height)
  canvas.getContext('2d')?.drawImage(bitmap, 0, 0)
  bitmap.close()
  const blob = await canvas.convertToBlob({ type: `image/${format}`, quality })
  // A browser that cannot write a format writes PNG instead, without a word.
  if (blob.type !== `image/${format}`) return null
  return { bytes: new Uint8Array(await blob.arrayBuffer()), width, height }
}

/**
 * The full-size PNG as the file that was asked for. The mark of synthetic media is always in it, the recipe when there
 * is one, and nothing else. null when this browser cannot write the format; rejects when the picture does not decode.
 */
export async function toFile(png: Blob, { format, standIn, recipe }: Wish): Promise<Blob | null> {
  const xmp = provenanceXmp({ standIn, recipe })
  if (format === 'png') {
    const texts = recipe ? { parameters: recipeText(recipe) } : {}
    // Stored lossless either way; what is no PNG becomes one.
    const whole = png.type === 'image/png' ? new Uint8Array(await png.arrayBuffer()) : (await encode(png, 'png'))?.bytes
    if (!whole) return null
    const bytes = describePng(whole, xmp, texts)
    return new Blob([bytes.slice()], { type: 'image/png' })
  }
  const encoded = await encode(png, format)
  if (!encoded) return null
  const { bytes, ...size } = encoded
  const described = format === 'jpeg' ? describeJpeg(bytes, xmp) : describeWebp(bytes, xmp, size)
  return new Blob([described.slice()], { type: `image/${format}` })
}
