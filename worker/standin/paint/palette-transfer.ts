import { toRgb, writeLab } from './oklab.ts'
import type { Picture } from './picture.ts'
import { random } from './random.ts'

/** Colours as l, a, b in a row. */
export type Cloud = Float32Array

/** Every so many colours of a cloud are looked at; more change nothing that is seen. */
const sampleCount = 2400

/** Turns of the colour space, and points of each one-dimensional map. */
const turns = 10
const knots = 24

/** How far one turn moves a colour towards where it should go. */
const pace = 0.75

/** No map stretches its axis more than this: steeper ones show noise as bands. */
const steepest = 2.6

/** Nodes along each side of the look-up cube. */
const side = 21

/** Evenly taken colours of a picture. */
export function coloursOf(picture: Picture, count = sampleCount): Cloud {
  const { r, g, b } = picture
  const take = Math.min(count, r.length)
  const out = new Float32Array(take * 3)
  // A stride prime to common widths, so that samples do not line up in columns.
  const stride = r.length / take
  for (let i = 0; i < take; i += 1) {
    const at = Math.floor(i * stride)
    writeLab(out, i * 3, { r: r[at] as number, g: g[at] as number, b: b[at] as number })
  }
  return out
}

/** One cloud of several, each giving colours in proportion to its share. Shares add to 1. */
export function pooled(parts: readonly { cloud: Cloud; share: number }[]): Cloud {
  const pieces = parts.map(({ cloud, share }) => {
    const have = cloud.length / 3
    const want = Math.round(sampleCount * share)
    const piece = new Float32Array(want * 3)
    for (let i = 0; i < want; i += 1) {
      const from = Math.floor((i * have) / Math.max(1, want)) * 3
      piece.set(cloud.subarray(from, from + 3), i * 3)
    }
    return piece
  })
  const all = new Float32Array(pieces.reduce((sum, piece) => sum + piece.length, 0))
  let at = 0
  for (const piece of pieces) {
    all.set(piece, at)
    at += piece.length
  }
  return all
}

/** A colour map as a cube of sRGB values. */
type Cube = Float32Array

/**
 * Moves a picture's colours so that together they are distributed as the wanted cloud's: sliced optimal transport
 * (Rabin, Peyré and others, 2011) in OKLab. `amount` 0 … 1 for colour and for light.
 */
export function transferPalette(
  picture: Picture,
  wanted: Cloud,
  by: { colour: number; light: number; key: string },
): void {
  const cube = transportCube(coloursOf(picture), wanted, by)
  applyCube(picture, cube)
}

function transportCube(from: Cloud, wanted: Cloud, by: { colour: number; light: number; key: string }): Cube {
  const nodes = new Float32Array(side ** 3 * 3)
  for (let i = 0; i < side ** 3; i += 1) {
    const scale = 1 / (side - 1)
    const r = (i % side) * scale
    const g = (Math.floor(i / side) % side) * scale
    writeLab(nodes, i * 3, { r, g, b: Math.floor(i / (side * side)) * scale })
  }
  const start = nodes.slice()
  const moving = from.slice()
  const next = random(`${by.key}/transport`)
  for (let turn = 0; turn < turns; turn += 1) {
    for (const axis of axes(next)) {
      const map = axisMap(projected(moving, axis), projected(wanted, axis))
      move(moving, axis, map)
      move(nodes, axis, map)
    }
  }
  for (let i = 0; i < nodes.length; i += 3) {
    const mix = (at: number, share: number) =>
      (start[at] as number) + ((nodes[at] as number) - (start[at] as number)) * share
    nodes.set(toRgb({ l: mix(i, by.light), a: mix(i + 1, by.colour), b: mix(i + 2, by.colour) }), i)
  }
  return nodes
}

type Axis = readonly [number, number, number]

/** Three directions at right angles, turned at random. */
function axes(next: () => number): Axis[] {
  // A uniformly random unit quaternion (Shoemake 1992) as a rotation.
  const u = next()
  const v = next() * 2 * Math.PI
  const w = next() * 2 * Math.PI
  const x = Math.sqrt(1 - u) * Math.sin(v)
  const y = Math.sqrt(1 - u) * Math.cos(v)
  const z = Math.sqrt(u) * Math.sin(w)
  const q = Math.sqrt(u) * Math.cos(w)
  return [
    [1 - 2 * (y * y + z * z), 2 * (x * y - z * q), 2 * (x * z + y * q)],
    [2 * (x * y + z * q), 1 - 2 * (x * x + z * z), 2 * (y * z - x * q)],
    [2 * (x * z - y * q), 2 * (y * z + x * q), 1 - 2 * (x * x + y * y)],
  ]
}

function projected(cloud: Cloud, [x, y, z]: Axis): Float32Array {
  const out = new Float32Array(cloud.length / 3)
  for (let i = 0; i < out.length; i += 1) {
    const at = i * 3
    out[i] = (cloud[at] as number) * x + (cloud[at + 1] as number) * y + (cloud[at + 2] as number) * z
  }
  return out.sort()
}

type AxisMap = { from: Float32Array; shift: Float32Array }

/** Quantiles of one cloud to those of the other. */
function axisMap(have: Float32Array, want: Float32Array): AxisMap {
  const quantile = (sorted: Float32Array, i: number) =>
    sorted[Math.min(sorted.length - 1, Math.round(((i + 0.5) / knots) * (sorted.length - 1)))] as number
  const from = new Float32Array(knots)
  const shift = new Float32Array(knots)
  for (let i = 0; i < knots; i += 1) {
    const at = quantile(have, i)
    const free = quantile(want, i) - at
    const gap = i === 0 ? 0 : (at - (from[i - 1] as number)) * (steepest - 1)
    from[i] = at
    shift[i] = i === 0 ? free : Math.min(free, (shift[i - 1] as number) + gap)
  }
  return { from, shift }
}

function move(cloud: Cloud, [x, y, z]: Axis, { from, shift }: AxisMap): void {
  for (let at = 0; at < cloud.length; at += 3) {
    const place = (cloud[at] as number) * x + (cloud[at + 1] as number) * y + (cloud[at + 2] as number) * z
    let low = 0
    let high = knots - 1
    while (high - low > 1) {
      const middle = (low + high) >> 1
      if ((from[middle] as number) <= place) low = middle
      else high = middle
    }
    const width = (from[high] as number) - (from[low] as number)
    const t = width > 1e-6 ? Math.max(0, Math.min(1, (place - (from[low] as number)) / width)) : 0
    const step = pace * ((shift[low] as number) * (1 - t) + (shift[high] as number) * t)
    cloud[at] = (cloud[at] as number) + step * x
    cloud[at + 1] = (cloud[at + 1] as number) + step * y
    cloud[at + 2] = (cloud[at + 2] as number) + step * z
  }
}

function applyCube({ r, g, b }: Picture, cube: Cube): void {
  const last = side - 1.001
  const place = (value: number) => (value <= 0 ? 0 : value >= 1 ? last : value * last)
  for (let i = 0; i < r.length; i += 1) {
    const x = place(r[i] as number)
    const y = place(g[i] as number)
    const z = place(b[i] as number)
    const fx = x - (x | 0)
    const fy = y - (y | 0)
    const fz = z - (z | 0)
    const at = ((((z | 0) * side + (y | 0)) * side + (x | 0)) * 3) | 0
    r[i] = between(cube, at, fx, { y: fy, z: fz })
    g[i] = between(cube, at + 1, fx, { y: fy, z: fz })
    b[i] = between(cube, at + 2, fx, { y: fy, z: fz })
  }
}

const up = side * 3
const over = side * side * 3

function between(cube: Cube, at: number, fx: number, f: { y: number; z: number }): number {
  const row = (from: number) => (cube[from] as number) + ((cube[from + 3] as number) - (cube[from] as number)) * fx
  const near = row(at) + (row(at + up) - row(at)) * f.y
  const far = row(at + over) + (row(at + over + up) - row(at + over)) * f.y
  return near + (far - near) * f.z
}
