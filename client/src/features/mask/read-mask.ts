import { maskCopy } from '#client/app/mask-copy.ts'
import type { MaskDoc } from './core/doc.ts'
import { everywhere } from './core/raster.ts'

/** From this value of its red channel on a pixel of a mask is painted. */
const painted = 128

type Size = { width: number; height: number }
export type MaskPicture = Size & { bits: Uint8Array }

/** The painted pixels of a picture, stretched to `fit` when it has another size; null when it cannot be read. */
export async function readBits(file: Blob, fit: Size | null): Promise<MaskPicture | null> {
  const bitmap = await createImageBitmap(file).catch(() => null)
  if (!bitmap) return null
  const { width, height } = fit ?? bitmap
  const drawing = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true })
  if (!drawing) return null
  drawing.fillStyle = '#000'
  drawing.fillRect(0, 0, width, height)
  drawing.drawImage(bitmap, 0, 0, width, height)
  bitmap.close()
  const { data } = drawing.getImageData(0, 0, width, height)
  const bits = new Uint8Array(width * height)
  for (let i = 0; i < bits.length; i += 1) bits[i] = (data[i * 4] ?? 0) >= painted ? 255 : 0
  return { width, height, bits }
}

export type MaskFileProblem = { sentence: string; size: Size | null }

/** What a mask of another size can be made to fit: one of (nearly) the same shape would only be blurred, not bent. */
const sameShape = 0.02

/**
 * Takes a mask from a file. One of another size is refused with a sentence until `fit` says to stretch it. Resolves to
 * what is wrong with it, else to null; the mask is then one step of its history.
 */
export async function readMaskFile(file: Blob, doc: MaskDoc, fit: boolean): Promise<MaskFileProblem | null> {
  if (file.size === 0) return { sentence: maskCopy.emptyFile, size: null }
  const { width, height } = doc.raster
  const read = await readBits(file, fit ? { width, height } : null)
  if (!read) return { sentence: maskCopy.unreadable, size: null }
  if (read.width !== width || read.height !== height) {
    const size = { width: read.width, height: read.height }
    const bent = Math.abs((read.width / read.height) * (height / width) - 1) > sameShape
    return { sentence: maskCopy.uploadSize(size, { width, height }, bent), size }
  }
  doc.paint((raster) => {
    raster.bits.set(read.bits)
    return everywhere(raster)
  })
  doc.commit()
  return null
}
