import { expect, type Page } from '@playwright/test'
import { softenMask } from '../../shared/mask/soften.ts'

export type Difference = {
  /** Pixels of the result that are not exactly those of the work image. */
  changed: number
  /** Those of them that lie where the soft mask is zero. */
  outside: number
  /** By how much the most changed one differs in a channel, 0 to 255. */
  most: number
}

type Asset = { kind: string; url: string }
type Row = {
  inputs: { role: string; asset: Asset }[]
  mask: { grow: number; feather: number; asset: Asset } | null
  outputs: Asset[]
}

/**
 * Compares the finished full-size picture with the work image, pixel by pixel, in the browser: what the artist could do
 * with the two files. The soft mask comes from the function that preview and worker use.
 */
export async function compareWithWork(page: Page): Promise<Difference> {
  const row = await jobOf(page)
  const source = row.inputs.find((one) => one.role === 'source')?.asset
  const output = row.outputs.find((one) => one.kind === 'output')
  expect(source?.kind).toBe('work')
  const addresses = [source?.url ?? '', row.mask?.asset.url ?? '', output?.url ?? '']
  const found = await page.evaluate(compareInPage, addresses)
  expect(new Set(found.sizes).size, found.sizes.join(', ')).toBe(1)
  const painted = Buffer.from(found.painted, 'base64')
  const bits = Uint8Array.from({ length: found.width * found.height }, (_, i) =>
    ((painted[i >> 3] ?? 0) >> (i & 7)) & 1 ? 255 : 0,
  )
  const soft = softenMask(bits, found.width, found.height, row.mask ?? { grow: 0, feather: 0 })
  const outside = found.changed.filter((at) => soft[at] === 0).length
  return { changed: found.changed.length, outside, most: found.most }
}

/** The job of the address as the API tells it to this visitor. */
async function jobOf(page: Page): Promise<Row> {
  const id = new URL(page.url()).searchParams.get('job') ?? ''
  return await page.evaluate(async (wanted) => {
    const token = Object.values(localStorage)
      .map((text) => /"access_token":"([^"]+)"/.exec(text)?.[1])
      .find(Boolean)
    const input = encodeURIComponent(JSON.stringify({ id: wanted }))
    const response = await fetch(`/trpc/forge.get?input=${input}`, { headers: { authorization: `Bearer ${token}` } })
    const body = (await response.json()) as { result: { data: Row } }
    return body.result.data
  }, id)
}

/** Runs in the page: places where two pictures differ, and the bits of the mask. */
async function compareInPage(addresses: string[]) {
  const [work, mask, output] = await Promise.all(
    addresses.map(async (address) => {
      const blob = await (await fetch(address)).blob()
      const bitmap = await createImageBitmap(blob, { colorSpaceConversion: 'none' })
      const drawing = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d')
      drawing?.drawImage(bitmap, 0, 0)
      return drawing?.getImageData(0, 0, bitmap.width, bitmap.height) ?? new ImageData(1, 1)
    }),
  )
  if (!work || !mask || !output) throw new Error('three pictures are compared')
  const changed: number[] = []
  const bits = new Uint8Array(Math.ceil((work.width * work.height) / 8))
  let most = 0
  for (let i = 0; i < work.width * work.height; i += 1) {
    const by = Math.max(...[0, 1, 2].map((c) => Math.abs((work.data[i * 4 + c] ?? 0) - (output.data[i * 4 + c] ?? 0))))
    if (by > 0) changed.push(i)
    if (by > most) most = by
    if ((mask.data[i * 4] ?? 0) >= 128) bits[i >> 3] = (bits[i >> 3] ?? 0) | (1 << (i & 7))
  }
  let painted = ''
  for (const byte of bits) painted += String.fromCharCode(byte)
  const sizes = [work, mask, output].map((one) => `${one.width} × ${one.height}`)
  return { width: work.width, height: work.height, sizes, changed, most, painted: btoa(painted) }
}
