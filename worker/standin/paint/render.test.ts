import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import type { PaintJob, Raster } from './job.ts'
import { random } from './random.ts'
import { chooseRecipe, techniques } from './recipe.ts'
import { render } from './render.ts'

const side = 96

function photo(seed: string): Raster {
  const next = random(seed)
  const data = new Uint8Array(side * side * 3)
  const spot = { x: side * (0.3 + 0.4 * next()), y: side * (0.3 + 0.4 * next()) }
  for (let i = 0; i < side * side; i += 1) {
    const x = i % side
    const y = Math.floor(i / side)
    const near = Math.hypot(x - spot.x, y - spot.y) < side / 4
    data.set(near ? [225, 150, 70] : [40 + x, 60 + y / 2, 120 - x / 2], i * 3)
  }
  return { width: side, height: side, channels: 3, data }
}

function jobOf(changes: Partial<PaintJob> = {}): PaintJob {
  return {
    width: side,
    height: side,
    base: photo('a'),
    mask: null,
    styles: [],
    hints: [],
    prompt: 'oil painting, gold',
    negative: '',
    seed: '7',
    denoise: 0.6,
    guidance: 3.5,
    lora: 0,
    ...changes,
  }
}

function hash(raster: Raster): string {
  return createHash('sha256').update(raster.data).digest('hex')
}

function distance(a: Raster, b: Raster): number {
  let sum = 0
  for (let i = 0; i < a.data.length; i += 1) sum += Math.abs((a.data[i] ?? 0) - (b.data[i] ?? 0))
  return sum / a.data.length
}

function spread(raster: Raster): number {
  const mean = raster.data.reduce((sum, value) => sum + value, 0) / raster.data.length
  return Math.sqrt(raster.data.reduce((sum, value) => sum + (value - mean) ** 2, 0) / raster.data.length)
}

const prompts: Record<(typeof techniques)[number], string> = {
  oil: 'oil',
  woodcut: 'woodcut',
  neon: 'neon',
  ink: 'sumi',
  riso: 'riso',
  glass: 'stained glass',
  glitch: 'glitch',
  pastel: 'pastel',
  contour: 'contour',
}

test.each(techniques)('%s gives the same bytes twice and a picture with contrast', (technique) => {
  const job = jobOf({ prompt: prompts[technique] })
  const first = render(job)
  expect(chooseRecipe(job).technique).toBe(technique)
  expect(hash(render(structuredClone(job)))).toBe(hash(first))
  expect(spread(first)).toBeGreaterThan(20)
})

test.each(techniques)('%s keeps less of its input as denoise grows', (technique) => {
  const at = (denoise: number) => alike(render(jobOf({ prompt: prompts[technique], denoise })), photo('a'))
  expect(at(0.95)).toBeLessThan(at(0.4))
})

/** Correlation of brightness: 1 the same shapes, 0 nothing in common. */
function alike(a: Raster, b: Raster): number {
  const light = (raster: Raster) =>
    Array.from({ length: side * side }, (_, i) => (raster.data[i * 3] ?? 0) + 2 * (raster.data[i * 3 + 1] ?? 0))
  const centred = (values: number[]) => {
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length
    return values.map((value) => value - mean)
  }
  const [x, y] = [centred(light(a)), centred(light(b))]
  const dot = (p: number[], q: number[]) => p.reduce((sum, value, i) => sum + value * (q[i] ?? 0), 0)
  return dot(x, y) / Math.sqrt(dot(x, x) * dot(y, y))
}

test.each([
  ['denoise', { denoise: 0.4 }, { denoise: 0.8 }, 6],
  ['guidance', { guidance: 3.5 }, { guidance: 5.5 }, 3],
  ['seed', { seed: '1' }, { seed: '18446744073709551615' }, 4],
  ['prompt', { prompt: 'oil painting of embers' }, { prompt: 'oil painting of ice' }, 8],
  ['base image', { base: photo('a') }, { base: photo('b') }, 6],
  ['negative prompt', { prompt: 'a cat', negative: '' }, { prompt: 'a cat', negative: negativeOf('a cat') }, 4],
  ['lora', { lora: 0 }, { lora: 1 }, 1],
] as const)('%s visibly changes the picture', (_name, a, b, least) => {
  expect(distance(render(jobOf(a)), render(jobOf(b)))).toBeGreaterThan(least)
})

test.each(techniques)('%s follows guidance and seed', (technique) => {
  const prompt = `${prompts[technique]} at dusk`
  const plain = render(jobOf({ prompt }))
  expect(distance(plain, render(jobOf({ prompt, guidance: 5.5 })))).toBeGreaterThan(2)
  expect(distance(plain, render(jobOf({ prompt, seed: '8' })))).toBeGreaterThan(3)
})

/** A word that refuses what this prompt would get by itself. */
function negativeOf(prompt: string): string {
  return prompts[chooseRecipe(jobOf({ prompt })).technique]
}

test('a style image lends its colours, by weight', () => {
  const red: Raster = { ...photo('s'), data: new Uint8Array(side * side * 3).map((_, i) => (i % 3 === 0 ? 230 : 30)) }
  const redness = (weight: number) => {
    const { data } = render(jobOf({ styles: [{ image: red, weight }] }))
    return data.reduce((sum, value, i) => sum + (i % 3 === 0 ? value : -value / 2), 0) / data.length
  }
  expect(redness(0.8)).toBeGreaterThan(redness(0) + 20)
})

test('each of three style images counts', () => {
  const styles = ['x', 'y', 'z'].map((seed) => ({ image: photo(seed), weight: 0.7 }))
  const all = render(jobOf({ styles }))
  for (let left = 0; left < styles.length; left += 1) {
    const others = styles.filter((_, i) => i !== left)
    expect(distance(render(jobOf({ styles: others })), all)).toBeGreaterThan(0.5)
  }
})

test('only the white part of a mask is repainted', () => {
  const data = new Uint8Array(side * side).map((_, i) => (i % side < side / 2 ? 0 : 255))
  const base = photo('a')
  const { data: result } = render(jobOf({ base, mask: { width: side, height: side, channels: 1, data } }))
  const row = (from: number, to: number, pixels: Uint8Array) => pixels.slice(from * 3, to * 3)
  expect(row(0, side / 2, result)).toEqual(row(0, side / 2, base.data))
  expect(row(side / 2, side, result)).not.toEqual(row(side / 2, side, base.data))
})

test('without a base image it paints from noise, and structure hints show', () => {
  const bare = render(jobOf({ base: null, denoise: 1 }))
  const hinted = render(jobOf({ base: null, denoise: 1, hints: [{ image: photo('h'), weight: 0.6, scene: null }] }))
  expect(spread(bare)).toBeGreaterThan(15)
  expect(distance(bare, hinted)).toBeGreaterThan(6)
})

test('odd and tiny sizes work', () => {
  for (const [width, height] of [
    [8, 8],
    [17, 33],
    [128, 8],
  ] as const) {
    const base: Raster = { width, height, channels: 3, data: new Uint8Array(width * height * 3).fill(90) }
    for (const technique of techniques) {
      const raster = render(jobOf({ width, height, base, prompt: prompts[technique] }))
      expect(raster.data.length).toBe(width * height * 3)
    }
  }
})
