import { isEmpty, nowhere, union } from './rect.ts'
import type { Rect } from './rect.ts'

/** A mask in the making: one byte a pixel, 255 = repaint, 0 = keep. Every operation answers the rectangle it touched. */
export type Raster = { width: number; height: number; bits: Uint8Array }

export type Point = { x: number; y: number }
/** A place of a stroke and how wide the brush is there; pixels. */
export type Dab = Point & { radius: number }

export function createRaster(width: number, height: number): Raster {
  return { width, height, bits: new Uint8Array(width * height) }
}

function span(raster: Raster, y: number, range: { from: number; to: number }, value: number): void {
  const from = Math.max(0, range.from)
  const to = Math.min(raster.width, range.to)
  if (to > from && y >= 0 && y < raster.height) raster.bits.fill(value, y * raster.width + from, y * raster.width + to)
}

function clip({ width, height }: Raster, rect: Rect): Rect {
  const clipped = {
    left: Math.max(0, rect.left),
    top: Math.max(0, rect.top),
    right: Math.min(width, rect.right),
    bottom: Math.min(height, rect.bottom),
  }
  return isEmpty(clipped) ? nowhere : clipped
}

/** A disc; the pixel under its centre is always in it, so that a brush of one pixel paints one. */
function disc(raster: Raster, { x, y, radius }: Dab, value: number): Rect {
  const top = Math.floor(y - radius)
  const bottom = Math.ceil(y + radius)
  for (let row = top; row <= bottom; row += 1) {
    const dy = row + 0.5 - y
    const reach = radius * radius - dy * dy
    if (reach < 0) continue
    const half = Math.sqrt(reach)
    span(raster, row, { from: Math.ceil(x - half - 0.5), to: Math.floor(x + half - 0.5) + 1 }, value)
  }
  span(raster, Math.floor(y), { from: Math.floor(x), to: Math.floor(x) + 1 }, value)
  return clip(raster, { left: Math.floor(x - radius), top, right: Math.ceil(x + radius) + 1, bottom: bottom + 1 })
}

/** The brush drawn from one place to the next: discs so close that the edge deviates by less than a quarter pixel. */
export function strokeTo(raster: Raster, from: Dab, to: Dab, value: number): Rect {
  const thinner = Math.min(from.radius, to.radius)
  const apart = Math.max(1, Math.min(thinner / 4, Math.sqrt(2 * thinner)))
  const count = Math.max(1, Math.ceil(Math.hypot(to.x - from.x, to.y - from.y) / apart))
  let touched = nowhere
  for (let i = 1; i <= count; i += 1) {
    const at = i / count
    const dab = {
      x: from.x + (to.x - from.x) * at,
      y: from.y + (to.y - from.y) * at,
      radius: from.radius + (to.radius - from.radius) * at,
    }
    touched = union(touched, disc(raster, dab, value))
  }
  return touched
}

/** A rectangle between two opposite corners, in whole pixels. */
export function fillRect(raster: Raster, a: Point, b: Point, value: number): Rect {
  const rect = clip(raster, {
    left: Math.round(Math.min(a.x, b.x)),
    top: Math.round(Math.min(a.y, b.y)),
    right: Math.round(Math.max(a.x, b.x)),
    bottom: Math.round(Math.max(a.y, b.y)),
  })
  for (let y = rect.top; y < rect.bottom; y += 1) span(raster, y, { from: rect.left, to: rect.right }, value)
  return rect
}

/** The ellipse that fits between two opposite corners. */
export function fillEllipse(raster: Raster, a: Point, b: Point, value: number): Rect {
  const centre = { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 }
  const radius = { x: Math.abs(b.x - a.x) / 2, y: Math.abs(b.y - a.y) / 2 }
  const rect = clip(raster, {
    left: Math.floor(centre.x - radius.x),
    top: Math.floor(centre.y - radius.y),
    right: Math.ceil(centre.x + radius.x),
    bottom: Math.ceil(centre.y + radius.y),
  })
  for (let y = rect.top; y < rect.bottom; y += 1) {
    const dy = radius.y === 0 ? 2 : (y + 0.5 - centre.y) / radius.y
    if (Math.abs(dy) > 1) continue
    const half = radius.x * Math.sqrt(1 - dy * dy)
    span(raster, y, { from: Math.ceil(centre.x - half - 0.5), to: Math.floor(centre.x + half - 0.5) + 1 }, value)
  }
  return rect
}

/** Where the outline crosses the middle of a row, in order. */
function crossings(points: readonly Point[], y: number): number[] {
  const found: number[] = []
  for (const [index, a] of points.entries()) {
    const b = points[(index + 1) % points.length] ?? a
    if (a.y > y === b.y > y) continue
    found.push(a.x + ((y - a.y) / (b.y - a.y)) * (b.x - a.x))
  }
  return found.sort((one, other) => one - other)
}

/** The inside of a closed outline (even-odd), as a lasso draws it. */
export function fillOutline(raster: Raster, points: readonly Point[], value: number): Rect {
  const rect = clip(raster, {
    left: Math.floor(Math.min(...points.map(({ x }) => x))),
    top: Math.floor(Math.min(...points.map(({ y }) => y))),
    right: Math.ceil(Math.max(...points.map(({ x }) => x))) + 1,
    bottom: Math.ceil(Math.max(...points.map(({ y }) => y))) + 1,
  })
  for (let y = rect.top; y < rect.bottom; y += 1) {
    const xs = crossings(points, y + 0.5)
    for (let i = 0; i + 1 < xs.length; i += 2) {
      span(raster, y, { from: Math.round(xs[i] ?? 0), to: Math.round(xs[i + 1] ?? 0) }, value)
    }
  }
  return rect
}

/** Gives the connected area of one value that holds the point the other value; line by line, without recursion. */
export function flood(raster: Raster, at: Point, value: number): Rect {
  const { width, height, bits } = raster
  const x = Math.floor(at.x)
  const y = Math.floor(at.y)
  if (x < 0 || y < 0 || x >= width || y >= height || bits[y * width + x] === value) return nowhere
  const old = bits[y * width + x]
  let touched = nowhere
  const open = [y * width + x]
  for (let from = open.pop(); from !== undefined; from = open.pop()) {
    if (bits[from] !== old) continue
    const row = from - (from % width)
    let left = from
    while (left > row && bits[left - 1] === old) left -= 1
    let right = from + 1
    while (right < row + width && bits[right] === old) right += 1
    bits.fill(value, left, right)
    const line = row / width
    touched = union(touched, { left: left - row, top: line, right: right - row, bottom: line + 1 })
    for (const next of [line > 0 ? -width : 0, line < height - 1 ? width : 0]) {
      if (next === 0) continue
      for (let i = left + next; i < right + next; i += 1) {
        if (bits[i] === old && (i === left + next || bits[i - 1] !== old)) open.push(i)
      }
    }
  }
  return touched
}

export function everywhere({ width, height }: Raster): Rect {
  return { left: 0, top: 0, right: width, bottom: height }
}

export function invert(raster: Raster): Rect {
  const { bits } = raster
  for (let i = 0; i < bits.length; i += 1) bits[i] = 255 - (bits[i] ?? 0)
  return everywhere(raster)
}

/** Share of the image that is painted, 0 to 1. */
export function coverage({ bits }: Raster): number {
  let painted = 0
  for (const bit of bits) painted += bit & 1
  return painted / bits.length
}

/** The same mask at another size, by nearest pixel. */
export function resized(raster: Raster, width: number, height: number): Raster {
  const out = createRaster(width, height)
  for (let y = 0; y < height; y += 1) {
    const row = Math.floor(((y + 0.5) * raster.height) / height) * raster.width
    for (let x = 0; x < width; x += 1) {
      out.bits[y * width + x] = raster.bits[row + Math.floor(((x + 0.5) * raster.width) / width)] ?? 0
    }
  }
  return out
}
