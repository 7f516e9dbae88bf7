import type { Size } from './size.ts'

/** A part of an upright image: its corner and sides as shares of the whole, 0 to 1. */
export type Crop = { x: number; y: number; width: number; height: number }

export const whole: Crop = { x: 0, y: 0, width: 1, height: 1 }
/** The smallest side that can be cut, as a share; the short edge in pixels is checked when it is prepared. */
const least = 0.02

function hold(value: number, min: number, max: number): number {
  return Math.min(Math.max(value, min), max)
}

/** True when nothing is cut away, give or take half a thousandth. */
export function isWhole({ x, y, width, height }: Crop): boolean {
  return Math.max(x, y, 1 - width, 1 - height) < 0.0005
}

/** Moves a crop within its image. */
export function moved(crop: Crop, dx: number, dy: number): Crop {
  return { ...crop, x: hold(crop.x + dx, 0, 1 - crop.width), y: hold(crop.y + dy, 0, 1 - crop.height) }
}

/** The largest part of that shape (width over height, in pixels) around the middle of a crop, no larger than it was. */
export function shaped(crop: Crop, aspect: number, image: Size): Crop {
  // Of shares: how wide a part of the shape is over how high.
  const ratio = (aspect * image.height) / image.width
  const width = Math.min(crop.width, crop.height * ratio)
  const height = width / ratio
  const x = crop.x + (crop.width - width) / 2
  const y = crop.y + (crop.height - height) / 2
  return moved({ x, y, width, height }, 0, 0)
}

export type Corner = 'nw' | 'ne' | 'sw' | 'se'

/**
 * Drags one corner by shares of the image; the one across from it stays. With an aspect (width over height, in pixels)
 * the shape is kept.
 */
export function resized(crop: Crop, corner: Corner, by: { x: number; y: number }, shape: Shape): Crop {
  const west = corner.endsWith('w')
  const north = corner.startsWith('n')
  const fixed = { x: west ? crop.x + crop.width : crop.x, y: north ? crop.y + crop.height : crop.y }
  const room = { x: west ? fixed.x : 1 - fixed.x, y: north ? fixed.y : 1 - fixed.y }
  let width = hold(crop.width + (west ? -by.x : by.x), least, room.x)
  let height = hold(crop.height + (north ? -by.y : by.y), least, room.y)
  if (shape.aspect !== null) {
    const ratio = (shape.aspect * shape.image.height) / shape.image.width
    width = Math.min(Math.max(width, height * ratio), room.x, room.y * ratio)
    height = width / ratio
  }
  return { x: west ? fixed.x - width : fixed.x, y: north ? fixed.y - height : fixed.y, width, height }
}

export type Shape = { aspect: number | null; image: Size }

/** Whole pixels of the image that a crop takes; at least one. */
export function cropPixels(crop: Crop, image: Size): Crop {
  const x = hold(Math.round(crop.x * image.width), 0, image.width - 1)
  const y = hold(Math.round(crop.y * image.height), 0, image.height - 1)
  const width = hold(Math.round(crop.width * image.width), 1, image.width - x)
  const height = hold(Math.round(crop.height * image.height), 1, image.height - y)
  return { x, y, width, height }
}
