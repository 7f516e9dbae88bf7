import { smoothNoise } from './noise.ts'
import { blurPlane, halve } from './picture.ts'
import type { Plane } from './picture.ts'

/** Unit directions along the picture's edges, at half its size. */
export type Flow = { width: number; height: number; x: Plane; y: Plane; strength: Plane }

/**
 * Edge directions from the smoothed structure tensor of a brightness plane, turned towards a swirling noise where
 * there is no edge (and more so the higher `swirl`, 0 … 1).
 */
export function flowOf(
  light: Plane,
  size: { width: number; height: number },
  by: { sigma: number; swirl: number; key: string },
): Flow {
  const small = halve(light, size.width, size.height)
  const { width, height } = small
  const plane = blurPlane(small.plane, width, height, Math.max(0.6, by.sigma / 4))
  const xx = new Float32Array(plane.length)
  const xy = new Float32Array(plane.length)
  const yy = new Float32Array(plane.length)
  for (let row = 0; row < height; row += 1) {
    const up = Math.max(0, row - 1) * width
    const down = Math.min(height - 1, row + 1) * width
    for (let x = 0; x < width; x += 1) {
      const at = row * width + x
      const gx =
        (plane[row * width + Math.min(width - 1, x + 1)] as number) -
        (plane[row * width + Math.max(0, x - 1)] as number)
      const gy = (plane[down + x] as number) - (plane[up + x] as number)
      xx[at] = gx * gx
      xy[at] = gx * gy
      yy[at] = gy * gy
    }
  }
  const smooth = (tensor: Plane) => blurPlane(tensor, width, height, by.sigma / 2)
  const turn = smoothNoise(`${by.key}/turn`, small, { cells: 3, octaves: 2 })
  return directions({ xx: smooth(xx), xy: smooth(xy), yy: smooth(yy) }, turn, { width, height, swirl: by.swirl })
}

function directions(
  tensor: { xx: Plane; xy: Plane; yy: Plane },
  turn: Plane,
  by: { width: number; height: number; swirl: number },
): Flow {
  const count = by.width * by.height
  const flow: Flow = {
    width: by.width,
    height: by.height,
    x: new Float32Array(count),
    y: new Float32Array(count),
    strength: new Float32Array(count),
  }
  for (let i = 0; i < count; i += 1) {
    const xx = tensor.xx[i] as number
    const yy = tensor.yy[i] as number
    const xy = tensor.xy[i] as number
    // Double-angle vectors add without caring for sign, as directions of lines must.
    const size = Math.hypot(xx - yy, 2 * xy)
    const energy = xx + yy
    const sure = (size / (energy + 1e-7)) * Math.min(1, energy * 3000) * (1 - 0.75 * by.swirl)
    const angle = (turn[i] as number) * Math.PI * 4
    const loose = 1 - sure
    const cos = size > 0 ? (-(xx - yy) / size) * sure + Math.cos(angle) * loose : Math.cos(angle)
    const sin = size > 0 ? ((-2 * xy) / size) * sure + Math.sin(angle) * loose : Math.sin(angle)
    const half = Math.atan2(sin, cos) / 2
    flow.x[i] = Math.cos(half)
    flow.y[i] = Math.sin(half)
    flow.strength[i] = sure
  }
  return flow
}

/** Averages a plane along the flow, `reach` px to both sides: lines grow clean, noise turns to grain. */
export function alongFlow(source: Plane, size: { width: number; height: number }, flow: Flow, reach: number): Plane {
  const { width, height } = size
  const out = new Float32Array(source.length)
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      let sum = source[y * width + x] as number
      let count = 1
      for (let sign = -1; sign <= 1; sign += 2) {
        let px = x + 0.5
        let py = y + 0.5
        let dx = 0
        let dy = 0
        for (let step = 0; step < reach; step += 1) {
          const fx = Math.min(flow.width - 1, px >> 1)
          const fy = Math.min(flow.height - 1, py >> 1)
          const at = fy * flow.width + fx
          let tx = flow.x[at] as number
          let ty = flow.y[at] as number
          const same = step === 0 ? sign : tx * dx + ty * dy
          if (same < 0) {
            tx = -tx
            ty = -ty
          }
          dx = tx
          dy = ty
          px += dx
          py += dy
          if (px < 0 || py < 0 || px >= width || py >= height) break
          sum += source[(py | 0) * width + (px | 0)] as number
          count += 1
        }
      }
      out[y * width + x] = sum / count
    }
  }
  return out
}
