/** A picture by address as 8-bit RGBA, at `size` or its own; rejects when it cannot be fetched or read. */
export async function readPixels(
  url: string,
  signal: AbortSignal,
  size: { width: number; height: number } | null = null,
): Promise<ImageData> {
  const response = await fetch(url, { signal })
  if (!response.ok) throw new Error(`the picture answered ${response.status}`)
  // As stored: a colour profile applied to one of two pictures would show differences that are none.
  const bitmap = await createImageBitmap(await response.blob(), { colorSpaceConversion: 'none' })
  const { width, height } = size ?? bitmap
  const drawing = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true })
  if (!drawing) throw new Error('no canvas')
  drawing.drawImage(bitmap, 0, 0, width, height)
  bitmap.close()
  return drawing.getImageData(0, 0, width, height)
}
