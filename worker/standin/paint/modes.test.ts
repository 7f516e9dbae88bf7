import { expect, test } from 'vitest'
import { blur } from '../nodes/pixels.ts'
import type { PaintJob, Raster } from './job.ts'
import { writeLab } from './oklab.ts'
import { depthRaster, edgeRaster } from './raster-ops.ts'
import { render } from './render.ts'

const side = 128

function raster(colour: (x: number, y: number) => readonly [number, number, number]): Raster {
  const data = new Uint8Array(side * side * 3)
  for (let i = 0; i < side * side; i += 1) data.set(colour(i % side, Math.floor(i / side)), i * 3)
  return { width: side, height: side, channels: 3, data }
}

/** A bright disc before a slope, the same in every test. */
const scene = raster((x, y) =>
  Math.hypot(x - 60, y - 66) < 34 ? [214, 160, 120] : [40 + x / 2, 70 + y / 3, 110 - x / 4],
)
const red = raster((x, y) => [190 + (x % 16) * 4, 30 + (y % 8) * 6, 30])
const blue = raster((x, y) => [20, 50 + ((x + y) % 12) * 5, 170 + (y % 16) * 5])

function jobOf(changes: Partial<PaintJob>): PaintJob {
  const blank = { base: null, mask: null, styles: [], hints: [], prompt: 'a thing', negative: '', seed: '7' }
  return { width: side, height: side, ...blank, denoise: 0.55, guidance: 3.5, lora: 0, ...changes }
}

const styled = (...weights: number[]) =>
  jobOf({ base: scene, styles: [red, blue].flatMap((image, i) => (weights[i] ? [{ image, weight: weights[i] }] : [])) })

const mashup = (control: number, weight = 0.6) =>
  jobOf({
    denoise: 1,
    styles: [{ image: blue, weight }],
    hints: [{ image: edgeRaster(scene, 0.2, 0.5), weight: control, scene }],
  })

const spot = (x: number, y: number) => Math.hypot(x - 60, y - 66) < 40
const mask: Raster = {
  width: side,
  height: side,
  channels: 1,
  data: Uint8Array.from({ length: side * side }, (_, i) => (spot(i % side, Math.floor(i / side)) ? 255 : 0)),
}

function meanLab({ data }: Raster): number[] {
  const sum = [0, 0, 0]
  const lab = new Float32Array(3)
  for (let at = 0; at < data.length; at += 3) {
    writeLab(lab, 0, { r: (data[at] ?? 0) / 255, g: (data[at + 1] ?? 0) / 255, b: (data[at + 2] ?? 0) / 255 })
    for (let c = 0; c < 3; c += 1) sum[c] = (sum[c] ?? 0) + (lab[c] ?? 0)
  }
  return sum.map((value) => (value * 3) / data.length)
}

/** Distance of the mean colours in OKLab's a and b. */
function apart(a: Raster, b: Raster): number {
  const [x, y] = [meanLab(a), meanLab(b)]
  return Math.hypot((x[1] ?? 0) - (y[1] ?? 0), (x[2] ?? 0) - (y[2] ?? 0))
}

function difference(a: Raster, b: Raster): number {
  return a.data.reduce((sum, value, i) => sum + Math.abs(value - (b.data[i] ?? 0)), 0) / a.data.length
}

/** Correlation of two pictures' edges, a pixel or two of shift forgiven: 1 the same edges, 0 nothing in common. */
async function edgesAlike(a: Raster, b: Raster): Promise<number> {
  const edges = async (image: Raster) => {
    const { data } = await blur(edgeRaster(await blur(image, 1), 0.02, 0.6), 1)
    const mean = data.reduce((sum, value) => sum + value, 0) / data.length
    return Array.from(data, (value) => value - mean)
  }
  const [x, y] = [await edges(a), await edges(b)]
  const dot = (p: number[], q: number[]) => p.reduce((sum, value, i) => sum + value * (q[i] ?? 0), 0)
  return dot(x, y) / Math.sqrt(dot(x, x) * dot(y, y))
}

test.each([
  ['style', styled(0.9, 0.5)],
  ['mashup from lines', mashup(0.7)],
  ['mashup from depth', { ...mashup(0.5), hints: [{ image: depthRaster(scene), weight: 0.5, scene }] }],
  ['surgeon', jobOf({ base: scene, mask })],
  ['the house look from nothing', jobOf({ denoise: 1, lora: 0.9 })],
])('%s gives the same bytes twice, and others by another seed', (_name, job) => {
  const first = render(job)
  expect(render(structuredClone(job)).data).toEqual(first.data)
  expect(difference(render({ ...job, seed: '8' }), first)).toBeGreaterThan(0.05)
})

test('the heavier a style image, the nearer its colours', () => {
  const distance = (weight: number) => apart(render(styled(weight)), red)
  expect(distance(0.9)).toBeLessThan(distance(0.6))
  expect(distance(0.6)).toBeLessThan(distance(0.2))
  expect(distance(0.9)).toBeLessThan(apart(scene, red) / 2)
})

test('of two style images the heavier one gives more', () => {
  const reddish = render(styled(0.9, 0.3))
  const bluish = render(styled(0.3, 0.9))
  expect(apart(reddish, red)).toBeLessThan(apart(reddish, blue))
  expect(apart(bluish, blue)).toBeLessThan(apart(bluish, red))
})

test('a style takes over more as denoise grows', async () => {
  const kept = (denoise: number) => edgesAlike(render({ ...styled(0.75), denoise }), scene)
  expect(await kept(0.8)).toBeLessThan(await kept(0.3))
})

test('a mashup keeps the edges of its composition, and loses them with the control', async () => {
  const [full, half, weak] = [0.7, 0.5, 0.3].map((control) => edgesAlike(render(mashup(control)), scene))
  expect(await full).toBeGreaterThan(0.6)
  expect(await half).toBeLessThan((await full) ?? 0)
  expect(await weak).toBeLessThan(((await full) ?? 0) / 2)
})

test('a mashup is in the colours of its style, not of its composition', () => {
  const made = render(mashup(0.7, 0.9))
  expect(apart(made, blue)).toBeLessThan(apart(made, scene))
})

test('surgeon leaves every pixel outside the mask as it was', () => {
  const { data } = render(jobOf({ base: scene, mask, prompt: 'a golden coin' }))
  for (let i = 0; i < side * side; i += 1) {
    if (mask.data[i] === 0) expect(data.subarray(i * 3, i * 3 + 3)).toEqual(scene.data.subarray(i * 3, i * 3 + 3))
  }
})

test('surgeon without a prompt continues what is around the mask', () => {
  const { data } = render(jobOf({ base: scene, mask, prompt: '' }))
  // The disc was bright; the slope around it is not.
  const at = (66 * side + 60) * 3
  expect(data[at]).toBeLessThan(130)
  expect(scene.data[at]).toBe(214)
})

test('surgeon paints in the colours that the prompt names', () => {
  const asked = (prompt: string) => render(jobOf({ base: scene, mask, prompt, denoise: 0.85 }))
  expect(difference(asked('ice and snow'), asked('glowing embers'))).toBeGreaterThan(5)
})

test('a mask over everything still gives a picture', () => {
  const all = { ...mask, data: new Uint8Array(side * side).fill(255) }
  expect(difference(render(jobOf({ base: scene, mask: all })), scene)).toBeGreaterThan(2)
})

test.each([
  ['from nothing', jobOf({ denoise: 1 })],
  ['from an image', jobOf({ base: scene, denoise: 0.75 })],
])('the house look %s grows with the strength of the LoRA', (_name, job) => {
  const [none, little, much] = [0, 0.6, 1.2].map((lora) => render({ ...job, lora }))
  if (!none || !little || !much) throw new Error('three strengths')
  expect(difference(little, much)).toBeGreaterThan(6)
  expect(difference(none, much)).toBeGreaterThan(difference(none, little))
})
