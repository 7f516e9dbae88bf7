import type { Raster } from './job.ts'
import { blurPlane } from './picture.ts'

// Pixel loops: every index is inside its plane by construction, which the `as number` casts state.

/** Lays `source` over `destination` at (x, y), weighted by the mask (white = source). */
export function compositeRaster(parts: {
  destination: Raster
  source: Raster
  mask: Raster | null
  x: number
  y: number
}): Raster {
  const { destination, source, mask, x, y } = parts
  const data = new Uint8Array(destination.data)
  const across = Math.min(source.width, destination.width - x)
  const down = Math.min(source.height, destination.height - y)
  for (let row = Math.max(0, -y); row < down; row += 1) {
    for (let column = Math.max(0, -x); column < across; column += 1) {
      const from = (row * source.width + column) * 3
      const to = ((row + y) * destination.width + column + x) * 3
      const share = mask === null ? 1 : maskAt(mask, column / source.width, row / source.height)
      for (let c = 0; c < 3; c += 1) {
        const below = data[to + c] as number
        data[to + c] = Math.round(below + ((source.data[from + c] as number) - below) * share)
      }
    }
  }
  return { ...destination, data }
}

function maskAt(mask: Raster, u: number, v: number): number {
  const x = Math.min(mask.width - 1, Math.floor(u * mask.width))
  const y = Math.min(mask.height - 1, Math.floor(v * mask.height))
  return (mask.data[(y * mask.width + x) * mask.channels] as number) / 255
}

function greyAt(image: Raster, x: number, y: number): number {
  const column = Math.max(0, Math.min(image.width - 1, x))
  const row = Math.max(0, Math.min(image.height - 1, y))
  const at = (row * image.width + column) * image.channels
  if (image.channels === 1) return (image.data[at] as number) / 255
  const red = image.data[at] as number
  const green = image.data[at + 1] as number
  return (0.299 * red + 0.587 * green + 0.114 * (image.data[at + 2] as number)) / 255
}

/** White edges on black: gradient size, full above `high`, none below `low` (0 … 1). */
export function edgeRaster(image: Raster, low: number, high: number): Raster {
  const data = new Uint8Array(image.width * image.height * 3)
  for (let y = 0; y < image.height; y += 1) {
    for (let x = 0; x < image.width; x += 1) {
      const gx = greyAt(image, x + 1, y) - greyAt(image, x - 1, y)
      const gy = greyAt(image, x, y + 1) - greyAt(image, x, y - 1)
      const size = Math.hypot(gx, gy) * 2
      const value = Math.round(255 * Math.max(0, Math.min(1, (size - low) / Math.max(0.01, high - low))))
      data.fill(value, (y * image.width + x) * 3, (y * image.width + x) * 3 + 3)
    }
  }
  return { width: image.width, height: image.height, channels: 3, data }
}

/** A guess at nearness from soft brightness and height in the picture; white = near. */
export function depthRaster(image: Raster): Raster {
  const { width, height } = image
  const data = new Uint8Array(width * height * 3)
  const light = Float32Array.from({ length: width * height }, (_, i) => greyAt(image, i % width, Math.floor(i / width)))
  const soft = blurPlane(light, width, height, Math.max(width, height) / 200)
  for (let i = 0; i < soft.length; i += 1) {
    const value = 255 * (0.62 * (soft[i] as number) + (0.38 * Math.floor(i / width)) / height)
    data.fill(Math.round(value), i * 3, i * 3 + 3)
  }
  return { width, height, channels: 3, data }
}
