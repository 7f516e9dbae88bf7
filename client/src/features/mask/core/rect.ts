/** Whole pixels: `right` and `bottom` are the first ones outside. */
export type Rect = { left: number; top: number; right: number; bottom: number }

export const nowhere: Rect = { left: Infinity, top: Infinity, right: -Infinity, bottom: -Infinity }

export function isEmpty({ left, top, right, bottom }: Rect): boolean {
  return right <= left || bottom <= top
}

export function union(a: Rect, b: Rect): Rect {
  return {
    left: Math.min(a.left, b.left),
    top: Math.min(a.top, b.top),
    right: Math.max(a.right, b.right),
    bottom: Math.max(a.bottom, b.bottom),
  }
}

/** The rectangle `by` pixels larger on every side, within an image of `width` × `height`. */
export function inflate(rect: Rect, by: number, width: number, height: number): Rect {
  return {
    left: Math.max(0, rect.left - by),
    top: Math.max(0, rect.top - by),
    right: Math.min(width, rect.right + by),
    bottom: Math.min(height, rect.bottom + by),
  }
}
