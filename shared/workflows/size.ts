/** Longest side over shortest that a template is asked for; anything more extreme is centre-cropped to it. */
export const maxAspect = 4

/**
 * The work image's size: the aspect ratio of `width` × `height` (clamped to 1:4..4:1) at about `pixels` in area, both
 * sides multiples of `multiple` and never below it. Sizes off the model's grid would be cropped silently by VAEEncode.
 * What is such a size already stays: the work image of a work image is itself.
 */
export function fitToGrid(
  width: number,
  height: number,
  pixels: number,
  multiple: number,
): { width: number; height: number } {
  if (isGridSize(width, height, pixels, multiple)) return { width, height }
  const aspect = Math.min(maxAspect, Math.max(1 / maxAspect, width / height))
  const snap = (side: number) => Math.max(multiple, Math.round(side / multiple) * multiple)
  return { width: snap(Math.sqrt(pixels * aspect)), height: snap(Math.sqrt(pixels / aspect)) }
}

/** True when some aspect ratio within the limits comes to exactly this size. */
function isGridSize(width: number, height: number, pixels: number, multiple: number): boolean {
  if (width < multiple || height < multiple || width % multiple !== 0 || height % multiple !== 0) return false
  // Sides that round to this one; the smallest side takes everything below it.
  const low = (side: number) => (side === multiple ? 0 : side - multiple / 2)
  const high = (side: number) => side + multiple / 2
  const narrowest = Math.max(1 / maxAspect, low(width) ** 2 / pixels, pixels / high(height) ** 2)
  const widest = Math.min(maxAspect, high(width) ** 2 / pixels, pixels / low(height) ** 2)
  return narrowest <= widest
}
