import type { Flow } from './flow.ts'
import { blankPicture, blurPicture, halvePicture } from './picture.ts'
import type { Picture } from './picture.ts'
import { random } from './random.ts'

/**
 * One pass of brushes: radius px, how different the canvas must be to get a stroke there, opacity 0 … 1, a stroke's
 * length in radii, and how often the pass would cover the picture if it painted everywhere.
 */
export type BrushLayer = { radius: number; threshold: number; opacity: number; length: number; cover: number }

export type Brushes = {
  layers: readonly BrushLayer[]
  /** Random change of a stroke's brightness and colour, 0 … 1. */
  jitter: number
  /** How strongly single bristles show, 0 … 1. */
  bristle: number
  key: string
}

/**
 * What the brushes work on. Red, green, blue and how thick the paint lies are kept side by side: strokes touch
 * memory at random, and one cache line a pixel is what their speed hangs on.
 */
export type Canvas = { width: number; height: number; data: Float32Array }

export function canvasOf(ground: Picture): Canvas {
  const data = new Float32Array(ground.r.length * 4)
  for (let i = 0, at = 0; at < data.length; i += 1, at += 4) {
    data[at] = ground.r[i] as number
    data[at + 1] = ground.g[i] as number
    data[at + 2] = ground.b[i] as number
  }
  return { width: ground.width, height: ground.height, data }
}

/** The source as a brush sees it: blurred to its size, and `shift` times halved, since nothing finer is left. */
type Reference = { picture: Picture; shift: number }

/** Paints `source` on the canvas with curved strokes that follow the flow, big brushes first. */
export function paintStrokes(source: Picture, canvas: Canvas, flow: Flow, brushes: Brushes): void {
  const sizes = [source, halvePicture(source)]
  sizes.push(halvePicture(sizes[1] ?? source))
  for (const [index, layer] of brushes.layers.entries()) {
    const shift = layer.radius >= 12 ? 2 : layer.radius >= 5 ? 1 : 0
    const picture = blurPicture(sizes[shift] ?? source, (layer.radius * 0.45) / 2 ** shift)
    const reference = { picture, shift }
    const next = random(`${brushes.key}/strokes/${index}`)
    for (const spot of spots(reference, canvas, layer, next)) {
      const start = { x: spot % canvas.width, y: Math.floor(spot / canvas.width) }
      stroke(start, { reference, canvas, flow, layer, brushes, next })
    }
  }
}

function indexIn({ picture, shift }: Reference, x: number, y: number): number {
  return Math.min(picture.height - 1, y >> shift) * picture.width + Math.min(picture.width - 1, x >> shift)
}

/** Where strokes start: the worst of some pixels of each cell of a grid, in random order. */
function spots(reference: Reference, canvas: Canvas, layer: BrushLayer, next: () => number): number[] {
  const { width, height, data } = canvas
  const { r, g, b } = reference.picture
  const cell = Math.max(1.5, layer.radius * Math.sqrt((2 * layer.length) / layer.cover))
  const found: number[] = []
  for (let cy = 0; cy < height; cy += cell) {
    for (let cx = 0; cx < width; cx += cell) {
      let worst = -1
      let error = layer.threshold
      for (let look = 0; look < 6; look += 1) {
        const x = Math.min(width - 1, (cx + next() * cell) | 0)
        const y = Math.min(height - 1, (cy + next() * cell) | 0)
        const from = indexIn(reference, x, y)
        const to = (y * width + x) * 4
        const red = Math.abs((r[from] as number) - (data[to] as number))
        const green = Math.abs((g[from] as number) - (data[to + 1] as number))
        const difference = red + green + Math.abs((b[from] as number) - (data[to + 2] as number))
        if (difference > error) {
          error = difference
          worst = y * width + x
        }
      }
      if (worst >= 0) found.push(worst)
    }
  }
  return shuffled(found, next)
}

function shuffled(list: number[], next: () => number): number[] {
  for (let i = list.length - 1; i > 0; i -= 1) {
    const other = (next() * (i + 1)) | 0
    const kept = list[i] as number
    list[i] = list[other] as number
    list[other] = kept
  }
  return list
}

type Tools = {
  reference: Reference
  canvas: Canvas
  flow: Flow
  layer: BrushLayer
  brushes: Brushes
  next: () => number
}

/** Widest brush in samples across. */
const maxAcross = 256
const profile = new Float32Array(maxAcross)

function stroke(start: { x: number; y: number }, tools: Tools): void {
  const { reference, flow, layer, brushes, next } = tools
  const at = indexIn(reference, start.x, start.y)
  const shade = 1 + (next() - 0.5) * brushes.jitter
  const tint = (next() - 0.5) * brushes.jitter * 0.22
  const r = (reference.picture.r[at] as number) * shade + tint
  const g = (reference.picture.g[at] as number) * shade
  const b = (reference.picture.b[at] as number) * shade - tint
  const across = Math.min(maxAcross, Math.max(2, Math.ceil((layer.radius * 2) / 0.8)))
  let bristle = next()
  for (let i = 0; i < across; i += 1) {
    bristle += (next() - bristle) * 0.6
    const edge = 1 - ((2 * i) / (across - 1) - 1) ** 2
    profile[i] = Math.sqrt(edge < 0 ? 0 : edge) * (1 - brushes.bristle * bristle)
  }
  const length = layer.radius * layer.length * (0.6 + 0.8 * next())
  const sign = next() < 0.5 ? -1 : 1
  sweep({ x: start.x, y: start.y, sign, length, across, r, g, b }, tools.canvas, flow, layer)
}

type Sweep = { x: number; y: number; sign: number; length: number; across: number; r: number; g: number; b: number }

/** Drags the bristle profile along the flow, about a pixel at a time. */
function sweep(path: Sweep, canvas: Canvas, flow: Flow, layer: BrushLayer): void {
  const { width, height, data } = canvas
  const gap = (layer.radius * 2) / (path.across - 1)
  let x = path.x
  let y = path.y
  let dx = 0
  let dy = 0
  const steps = Math.max(2, path.length | 0)
  for (let step = 0; step < steps; step += 1) {
    const at = Math.min(flow.height - 1, y >> 1) * flow.width + Math.min(flow.width - 1, x >> 1)
    let tx = flow.x[at] as number
    let ty = flow.y[at] as number
    if ((step === 0 ? path.sign : tx * dx + ty * dy) < 0) {
      tx = -tx
      ty = -ty
    }
    dx = step === 0 ? tx : dx * 0.8 + tx * 0.2
    dy = step === 0 ? ty : dy * 0.8 + ty * 0.2
    const part = step / steps
    const load = layer.opacity * (part < 0.12 ? part / 0.12 : 1 - 0.55 * part * part)
    for (let i = 0; i < path.across; i += 1) {
      const off = i * gap - layer.radius
      const px = (x - dy * off) | 0
      const py = (y + dx * off) | 0
      if (px < 0 || py < 0 || px >= width || py >= height) continue
      const to = (py * width + px) * 4
      const bristle = profile[i] as number
      const cover = load * (bristle > 0.5 ? 1 : bristle * 2)
      data[to] = (data[to] as number) + (path.r - (data[to] as number)) * cover
      data[to + 1] = (data[to + 1] as number) + (path.g - (data[to + 1] as number)) * cover
      data[to + 2] = (data[to + 2] as number) + (path.b - (data[to + 2] as number)) * cover
      data[to + 3] = (data[to + 3] as number) * (1 - cover * 0.8) + bristle * cover
    }
    x += dx
    y += dy
    if (x < 0 || y < 0 || x >= width || y >= height) return
  }
}

/** The canvas as a picture, lit from the upper left over the paint's thickness: ridges shine, furrows darken. */
export function litPicture(canvas: Canvas, amount: number): Picture {
  const { width, height, data } = canvas
  const out = blankPicture(width, height)
  const row = width * 4
  for (let y = 0; y < height; y += 1) {
    const up = y === 0 ? 0 : row
    const down = y === height - 1 ? 0 : row
    for (let x = 0; x < width; x += 1) {
      const i = y * width + x
      const at = i * 4
      const left = data[at + (x === 0 ? 3 : -1)] as number
      const right = data[at + (x === width - 1 ? 3 : 7)] as number
      const slope = right - left + (data[at + down + 3] as number) - (data[at - up + 3] as number)
      const light = Math.max(-0.5, Math.min(0.6, -slope * amount))
      const shine = light > 0.12 ? (light - 0.12) * 0.35 : 0
      const gain = 1 + light * 0.6
      out.r[i] = (data[at] as number) * gain + shine
      out.g[i] = (data[at + 1] as number) * gain + shine
      out.b[i] = (data[at + 2] as number) * gain + shine
    }
  }
  return out
}
