import type { Raster } from './raster.ts'
import type { Rect } from './rect.ts'

/**
 * A rectangle of a mask as lengths of runs, row after row, each a little-endian base-128 number; the first run is of
 * what is kept. A painted mask of a million pixels is a few kilobytes.
 */
export function encodeRuns({ width, bits }: Raster, rect: Rect): Uint8Array<ArrayBuffer> {
  const out: number[] = []
  let value = 0
  let length = 0
  const close = () => {
    let rest = length
    for (; rest > 127; rest = Math.floor(rest / 128)) out.push((rest % 128) + 128)
    out.push(rest)
  }
  for (let y = rect.top; y < rect.bottom; y += 1) {
    for (let i = y * width + rect.left; i < y * width + rect.right; i += 1) {
      if (bits[i] === value) {
        length += 1
        continue
      }
      close()
      value = 255 - value
      length = 1
    }
  }
  close()
  return Uint8Array.from(out)
}

/** Writes what `encodeRuns` read back into the same rectangle. What is missing at the end is kept as it is. */
export function decodeRuns({ width, bits }: Raster, rect: Rect, runs: Uint8Array): void {
  let value = 0
  let x = rect.left
  let y = rect.top
  let length = 0
  let factor = 1
  for (const byte of runs) {
    length += (byte & 127) * factor
    factor *= 128
    if (byte > 127) continue
    while (length > 0 && y < rect.bottom) {
      const step = Math.min(length, rect.right - x)
      bits.fill(value, y * width + x, y * width + x + step)
      length -= step
      x += step
      if (x === rect.right) {
        x = rect.left
        y += 1
      }
    }
    value = 255 - value
    length = 0
    factor = 1
  }
}
