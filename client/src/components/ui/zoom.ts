/** A picture seen through a frame: CSS px that one of its pixels takes, and how far its middle lies from the frame's. */
export type Zoom = { scale: number; x: number; y: number }
export type Size = { width: number; height: number }
export type Point = { x: number; y: number }

/** CSS px of one pixel at most. */
const closest = 16

/** The scale at which all of the picture is seen. */
export function fitScale(picture: Size, frame: Size): number {
  return Math.min(frame.width / picture.width, frame.height / picture.height)
}

/** Within all of it and 16 × (or its own size, if that is smaller than the frame); no further aside than its edges. */
export function clampZoom({ scale, x, y }: Zoom, picture: Size, frame: Size): Zoom {
  const fit = fitScale(picture, frame)
  const held = Math.min(Math.max(closest, fit), Math.max(Math.min(1, fit), scale))
  const hold = (at: number, side: number, room: number) => {
    const over = Math.max(0, (side * held - room) / 2)
    return Math.min(over, Math.max(-over, at))
  }
  return { scale: held, x: hold(x, picture.width, frame.width), y: hold(y, picture.height, frame.height) }
}

/** Zooms so that what lies under `at` (CSS px from the middle of the frame) stays there. */
export function zoomTo(zoom: Zoom, scale: number, at: Point, { picture, frame }: { picture: Size; frame: Size }): Zoom {
  const { scale: next } = clampZoom({ ...zoom, scale }, picture, frame)
  const by = next / zoom.scale
  return clampZoom({ scale: next, x: at.x - (at.x - zoom.x) * by, y: at.y - (at.y - zoom.y) * by }, picture, frame)
}
