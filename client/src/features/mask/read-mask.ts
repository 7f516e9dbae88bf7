import { maskCopy } from '#client/app/mask-copy.ts'
import type { MaskDoc } from './core/doc.ts'
import { everywhere } from './core/raster.ts'

/** From this value of its red channel on a pixel of a mask is painted. */
const painted = 128

/** Takes a mask from a file of the work image's size. Resolves to one sentence when it cannot be used, else to null. */
export async function readMaskFile(file: Blob, doc: MaskDoc): Promise<string | null> {
  const bitmap = await createImageBitmap(file).catch(() => null)
  if (!bitmap) return maskCopy.unreadable
  const { width, height } = doc.raster
  if (bitmap.width !== width || bitmap.height !== height) {
    return maskCopy.uploadSize({ width: bitmap.width, height: bitmap.height }, { width, height })
  }
  const drawing = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true })
  if (!drawing) return maskCopy.unreadable
  drawing.fillStyle = '#000'
  drawing.fillRect(0, 0, width, height)
  drawing.drawImage(bitmap, 0, 0)
  bitmap.close()
  const { data } = drawing.getImageData(0, 0, width, height)
  doc.paint((raster) => {
    for (let i = 0; i < raster.bits.length; i += 1) raster.bits[i] = (data[i * 4] ?? 0) >= painted ? 255 : 0
    return everywhere(raster)
  })
  doc.commit()
  return null
}
