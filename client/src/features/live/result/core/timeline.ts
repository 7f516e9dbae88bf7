type Size = { width: number; height: number }

/** Tiles of a strip whose tiles have the shape of the result; at least one. */
export function tilesOf(strip: Size, result: Size): number {
  return Math.max(1, Math.round(strip.width / ((strip.height * result.width) / result.height)))
}

/** The step that tile `index` of `tiles` shows: the worker keeps the last preview of each equal part of the steps. */
export function stepOfTile(index: number, tiles: number, steps: number): number {
  return Math.min(steps, Math.ceil(((index + 1) * steps) / tiles))
}
