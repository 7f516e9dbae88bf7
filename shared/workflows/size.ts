/** Longest side over shortest that a template is asked for; anything more extreme is centre-cropped to it. */
export const maxAspect = 4

/**
 * The work image's size: the aspect ratio of `width` × `height` (clamped to 1:4..4:1) at about `pixels` in area, both
 * sides multiples of `multiple` and never below it. Sizes off the model's grid would be cropped silently by VAEEncode.
 */
export function fitToGrid(
  width: number,
  height: number,
  pixels: number,
  multiple: number,
): { width: number; height: number } {
  const aspect = Math.min(maxAspect, Math.max(1 / maxAspect, width / height))
  const snap = (side: number) => Math.max(multiple, Math.round(side / multiple) * multiple)
  return { width: snap(Math.sqrt(pixels * aspect)), height: snap(Math.sqrt(pixels / aspect)) }
}
