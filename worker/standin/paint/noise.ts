import type { Plane } from './picture.ts'
import { resizePlane } from './picture.ts'
import { random } from './random.ts'

export type Size = { width: number; height: number }

/** Noise fields are made this many times smaller and enlarged: they are smooth anyway. */
const reduction = 4

/** Smooth noise 0 … 1, the same picture at any size: `cells` lattice cells along the longer side, halved per octave. */
export function smoothNoise(key: string, size: Size, shape: { cells: number; octaves: number }): Plane {
  const small = {
    width: Math.max(2, Math.ceil(size.width / reduction)),
    height: Math.max(2, Math.ceil(size.height / reduction)),
  }
  const sum = new Float32Array(small.width * small.height)
  let weight = 1
  let total = 0
  for (let octave = 0; octave < shape.octaves; octave += 1) {
    addOctave(sum, small, { key: `${key}/${octave}`, cells: shape.cells * 2 ** octave, weight })
    total += weight
    weight /= 2
  }
  for (let i = 0; i < sum.length; i += 1) sum[i] = (sum[i] as number) / total
  return resizePlane(sum, small, size)
}

function addOctave(sum: Plane, size: Size, octave: { key: string; cells: number; weight: number }): void {
  const longest = Math.max(size.width, size.height)
  const side = Math.ceil(octave.cells) + 2
  const next = random(octave.key)
  const lattice = Float32Array.from({ length: side * side }, next)
  const step = octave.cells / longest
  for (let y = 0; y < size.height; y += 1) {
    const v = y * step
    const top = Math.floor(v)
    const fy = ease(v - top)
    for (let x = 0; x < size.width; x += 1) {
      const u = x * step
      const left = Math.floor(u)
      const fx = ease(u - left)
      const at = top * side + left
      const a = lattice[at] as number
      const b = lattice[at + 1] as number
      const c = lattice[at + side] as number
      const d = lattice[at + side + 1] as number
      const value = (a + (b - a) * fx) * (1 - fy) + (c + (d - c) * fx) * fy
      sum[y * size.width + x] = (sum[y * size.width + x] as number) + value * octave.weight
    }
  }
}

function ease(t: number): number {
  return t * t * (3 - 2 * t)
}

/** Stretches a plane to fill 0 … 1. */
export function normalise(plane: Plane): Plane {
  let low = Infinity
  let high = -Infinity
  for (const value of plane) {
    if (value < low) low = value
    if (value > high) high = value
  }
  const gain = high > low ? 1 / (high - low) : 0
  return plane.map((value) => (value - low) * gain)
}
