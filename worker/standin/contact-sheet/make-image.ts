import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import sharp from 'sharp'
import { softenMask } from '#shared/mask/soften.ts'
import { fitToGrid } from '#shared/workflows/size.ts'
import type { Graph } from '#shared/workflows/graph.ts'
import { bindGraph } from '#worker/core/bind-graph.ts'
import type { Template } from '#worker/core/bind-graph.ts'
import type { Row, Sample, Spot } from './plan.ts'

const samples = path.join(import.meta.dirname, '../../../client/public/samples')

/** Grow and soft edge of the masks, px, as the studio's defaults. */
const softness = { grow: 8, feather: 24 }

type Size = { width: number; height: number }

/** Makes one cell of a row by the stand-in at `url`: binds the real template and asks over HTTP. Answers a PNG. */
export async function makeImage(url: string, template: Template, row: Row, position: number): Promise<Buffer> {
  const { variant } = template
  const images = await Promise.all(
    row.inputs.map(async ({ role, sample, weight = 1 }) => {
      const body = await sampleImage(sample, variant.repaints && role === 'source' ? variant : null)
      return { role, weight, ...body.size, file: await upload(url, `${sample}-${body.size.width}.png`, body.png) }
    }),
  )
  const [first] = images
  const mask = row.mask && first ? await upload(url, 'mask.png', await maskImage(row.mask, first)) : null
  const bySeed = row.slider === 'seed'
  const graph = bindGraph(template, {
    prompt: row.prompt,
    negative: '',
    creativity: row.slider === 'creativity' ? position : 50,
    chaos: row.slider === 'chaos' ? position : 30,
    seed: bySeed ? String(position) : '7',
    params: row.aspect === undefined ? {} : { aspect: row.aspect },
    images,
    mask,
    nonce: randomUUID(),
  })
  return run(url, graph)
}

/** A sample as PNG, at its own size or on the grid of a variant that repaints. */
export async function sampleImage(
  sample: Sample,
  grid: { pixels: number; sizeMultiple: number } | null,
): Promise<{ png: Buffer; size: Size }> {
  const file = sharp(await readFile(path.join(samples, `${sample}.avif`)))
  const { width, height } = await file.metadata()
  const size = grid === null ? { width, height } : fitToGrid(width, height, grid.pixels, grid.sizeMultiple)
  return {
    png: await file
      .resize({ ...size, fit: 'fill' })
      .png()
      .toBuffer(),
    size,
  }
}

/** A soft mask with an ellipse to repaint, as the worker uploads it. */
export function maskImage(spot: Spot, { width, height }: Size): Promise<Buffer> {
  const hard = new Uint8Array(width * height)
  for (let i = 0; i < hard.length; i += 1) {
    const x = ((i % width) - spot.x * width) / (spot.across * height)
    const y = (Math.floor(i / width) - spot.y * height) / (spot.down * height)
    hard[i] = Math.hypot(x, y) < 1 ? 255 : 0
  }
  const soft = softenMask(hard, width, height, softness)
  return sharp(soft, { raw: { width, height, channels: 1 } })
    .toColourspace('srgb')
    .png()
    .toBuffer()
}

async function upload(url: string, name: string, body: Buffer): Promise<string> {
  const form = new FormData()
  form.set('image', new File([new Uint8Array(body)], name))
  form.set('overwrite', 'true')
  const response = await fetch(`${url}/api/upload/image`, { method: 'POST', body: form })
  const answer = (await response.json()) as { name: string }
  return answer.name
}

type History = Record<string, { outputs: Record<string, { images: Record<string, string>[] }> }>

async function run(url: string, prompt: Graph): Promise<Buffer> {
  const id = randomUUID()
  const body = JSON.stringify({ prompt, prompt_id: id, client_id: 'contact-sheet' })
  const response = await fetch(`${url}/api/prompt`, { method: 'POST', body })
  if (!response.ok) throw new Error(`the stand-in refused: ${await response.text()}`)
  for (;;) {
    const history = (await (await fetch(`${url}/api/history/${id}`)).json()) as History
    const done = history[id]
    if (done === undefined) {
      await sleep(20)
      continue
    }
    const image = Object.values(done.outputs)[0]?.images[0]
    if (image === undefined) throw new Error('the stand-in made no picture')
    return Buffer.from(await (await fetch(`${url}/api/view?${new URLSearchParams(image)}`)).arrayBuffer())
  }
}
