/** Where the picture lies in its frame: enlarged `scale` times beyond fitting, its corner moved by x and y CSS px. */
export type View = { scale: number; x: number; y: number }
type Size = { width: number; height: number }
type Point = { x: number; y: number }

export const fitted: View = { scale: 1, x: 0, y: 0 }
const maxScale = 32

/** Keeps the picture over its frame: no gap on any side while it is larger, exactly in it at scale 1. */
export function clampView(view: View, frame: Size): View {
  const scale = Math.min(maxScale, Math.max(1, view.scale))
  const hold = (at: number, side: number) => Math.min(0, Math.max(side - side * scale, at))
  return { scale, x: hold(view.x, frame.width), y: hold(view.y, frame.height) }
}

/** Zooms by `factor` so that what is under `at` (CSS px in the frame) stays there. */
export function zoomAt(view: View, factor: number, at: Point, frame: Size): View {
  const scale = Math.min(maxScale, Math.max(1, view.scale * factor))
  const by = scale / view.scale
  return clampView({ scale, x: at.x - (at.x - view.x) * by, y: at.y - (at.y - view.y) * by }, frame)
}

export function panBy(view: View, by: Point, frame: Size): View {
  return clampView({ ...view, x: view.x + by.x, y: view.y + by.y }, frame)
}

/** The picture's own pixel under a place of the frame; may lie outside the picture. */
export function toPicture(at: Point, view: View, frame: Size, picture: Size): Point {
  return {
    x: ((at.x - view.x) / view.scale) * (picture.width / frame.width),
    y: ((at.y - view.y) / view.scale) * (picture.height / frame.height),
  }
}

/** CSS px that one pixel of the picture takes now; 1 is 100 %. */
export function zoomOf(view: View, frame: Size, picture: Size): number {
  return (frame.width * view.scale) / picture.width
}
