export type Changes = {
  /** Opacity of the veil: 255 where nothing changed, 0 where something did. */
  veil: Uint8Array
  /** Share of all pixels that changed, 0..1. */
  share: number
  /** Pixels that changed where the soft mask is 0; a whole result has none. */
  outside: number
}

/**
 * What differs between two pictures of one size, 4 interleaved channels each. `alpha` is the soft mask, one byte a
 * pixel; null when there is none, and everything counts as inside.
 */
export function findChanges(
  before: ArrayLike<number>,
  after: ArrayLike<number>,
  alpha: ArrayLike<number> | null,
): Changes {
  const pixels = before.length / 4
  const veil = new Uint8Array(pixels).fill(255)
  let changed = 0
  let outside = 0
  for (let i = 0, at = 0; i < pixels; i += 1, at += 4) {
    if (before[at] === after[at] && before[at + 1] === after[at + 1] && before[at + 2] === after[at + 2]) continue
    veil[i] = 0
    changed += 1
    if (alpha && alpha[i] === 0) outside += 1
  }
  return { veil, share: pixels === 0 ? 0 : changed / pixels, outside }
}
