import type { Raster } from './job.ts'

/** One channel in rows, values about 0 … 1. */
export type Plane = Float32Array

/** An RGB picture as three planes. */
export type Picture = { width: number; height: number; r: Plane; g: Plane; b: Plane }

// In this folder's pixel loops every index is inside its plane by construction, which the `as number` casts state.

export function blankPicture(width: number, height: number): Picture {
  const plane = () => new Float32Array(width * height)
  return { width, height, r: plane(), g: plane(), b: plane() }
}

export function fromRaster(raster: Raster): Picture {
  const picture = blankPicture(raster.width, raster.height)
  const { r, g, b } = picture
  for (let i = 0, at = 0; i < r.length; i += 1, at += 3) {
    r[i] = (raster.data[at] as number) / 255
    g[i] = (raster.data[at + 1] as number) / 255
    b[i] = (raster.data[at + 2] as number) / 255
  }
  return picture
}

export function toRaster(picture: Picture): Raster {
  const { width, height, r, g, b } = picture
  // Clamped arrays round and clip on assignment.
  const data = new Uint8ClampedArray(width * height * 3)
  for (let i = 0, at = 0; i < r.length; i += 1, at += 3) {
    data[at] = (r[i] as number) * 255
    data[at + 1] = (g[i] as number) * 255
    data[at + 2] = (b[i] as number) * 255
  }
  return { width, height, channels: 3, data: new Uint8Array(data.buffer) }
}

export function luminance({ r, g, b }: Picture): Plane {
  const out = new Float32Array(r.length)
  for (let i = 0; i < out.length; i += 1) {
    out[i] = 0.299 * (r[i] as number) + 0.587 * (g[i] as number) + 0.114 * (b[i] as number)
  }
  return out
}

/** Blurs by about `sigma` px: two box passes each way, edges held. Cost does not depend on sigma. */
export function blurPlane(source: Plane, width: number, height: number, sigma: number): Plane {
  // Two boxes of radius r have variance 2·((2r+1)²−1)/12.
  const radius = Math.round((Math.sqrt(6 * sigma * sigma + 1) - 1) / 2)
  if (radius < 1) return new Float32Array(source)
  const across = new Float32Array(source.length)
  const out = new Float32Array(source.length)
  boxRows(source, across, { width, height, radius })
  boxRows(across, out, { width, height, radius })
  boxColumns(out, across, { width, height, radius })
  boxColumns(across, out, { width, height, radius })
  return out
}

type Box = { width: number; height: number; radius: number }

function boxRows(source: Plane, out: Plane, { width, height, radius }: Box): void {
  const share = 1 / (2 * radius + 1)
  for (let y = 0; y < height; y += 1) {
    const row = y * width
    const last = row + width - 1
    let sum = (source[row] as number) * radius
    for (let i = 0; i <= radius; i += 1) sum += source[Math.min(row + i, last)] as number
    for (let x = 0; x < width; x += 1) {
      out[row + x] = sum * share
      sum +=
        (source[Math.min(row + x + radius + 1, last)] as number) - (source[Math.max(row + x - radius, row)] as number)
    }
  }
}

/** Whole rows at a time, so memory is read in order. */
function boxColumns(source: Plane, out: Plane, { width, height, radius }: Box): void {
  const share = 1 / (2 * radius + 1)
  const sums = new Float32Array(width)
  const add = (y: number, sign: number) => {
    const row = Math.max(0, Math.min(height - 1, y)) * width
    for (let x = 0; x < width; x += 1) sums[x] = (sums[x] as number) + sign * (source[row + x] as number)
  }
  for (let y = -radius; y <= radius; y += 1) add(y, 1)
  for (let y = 0; y < height; y += 1) {
    const row = y * width
    for (let x = 0; x < width; x += 1) out[row + x] = (sums[x] as number) * share
    add(y + radius + 1, 1)
    add(y - radius, -1)
  }
}

export function blurPicture(picture: Picture, sigma: number): Picture {
  const { width, height } = picture
  const blur = (plane: Plane) => blurPlane(plane, width, height, sigma)
  return { width, height, r: blur(picture.r), g: blur(picture.g), b: blur(picture.b) }
}

/** Resizes a plane with bilinear samples (made for fields that are smooth already). */
export function resizePlane(
  source: Plane,
  from: { width: number; height: number },
  to: { width: number; height: number },
): Plane {
  const out = new Float32Array(to.width * to.height)
  const stepX = from.width / to.width
  const stepY = from.height / to.height
  for (let y = 0; y < to.height; y += 1) {
    const v = Math.max(0, Math.min(from.height - 1.001, (y + 0.5) * stepY - 0.5))
    const top = Math.floor(v)
    const low = Math.min(from.height - 1, top + 1)
    const fy = v - top
    for (let x = 0; x < to.width; x += 1) {
      const u = Math.max(0, Math.min(from.width - 1.001, (x + 0.5) * stepX - 0.5))
      const left = Math.floor(u)
      const right = Math.min(from.width - 1, left + 1)
      const fx = u - left
      const a = source[top * from.width + left] as number
      const b = source[top * from.width + right] as number
      const c = source[low * from.width + left] as number
      const d = source[low * from.width + right] as number
      out[y * to.width + x] = (a + (b - a) * fx) * (1 - fy) + (c + (d - c) * fx) * fy
    }
  }
  return out
}

/** Resizes with bilinear samples, halving first while it shrinks by more than half. */
export function resizePicture(picture: Picture, to: { width: number; height: number }): Picture {
  if (picture.width === to.width && picture.height === to.height) return picture
  if (picture.width >= to.width * 2 && picture.height >= to.height * 2) return resizePicture(halvePicture(picture), to)
  const resize = (plane: Plane) => resizePlane(plane, picture, to)
  return { ...to, r: resize(picture.r), g: resize(picture.g), b: resize(picture.b) }
}

/** Average of 2 × 2 blocks; odd last rows and columns are dropped. */
export function halve(source: Plane, width: number, height: number): { plane: Plane; width: number; height: number } {
  const w = Math.max(1, width >> 1)
  const h = Math.max(1, height >> 1)
  const right = width > 1 ? 1 : 0
  const below = height > 1 ? width : 0
  const plane = new Float32Array(w * h)
  for (let y = 0; y < h; y += 1) {
    for (let x = 0; x < w; x += 1) {
      const at = y * 2 * width + x * 2
      const upper = (source[at] as number) + (source[at + right] as number)
      plane[y * w + x] = (upper + (source[at + below] as number) + (source[at + below + right] as number)) / 4
    }
  }
  return { plane, width: w, height: h }
}

export function halvePicture(picture: Picture): Picture {
  const { width, height } = picture
  const { plane: r, ...size } = halve(picture.r, width, height)
  return { ...size, r, g: halve(picture.g, width, height).plane, b: halve(picture.b, width, height).plane }
}

export function clamp01(value: number): number {
  return value < 0 ? 0 : value > 1 ? 1 : value
}

export function smoothstep(from: number, to: number, value: number): number {
  const t = clamp01((value - from) / (to - from))
  return t * t * (3 - 2 * t)
}
