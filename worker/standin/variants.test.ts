import path from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { inputRoles } from '#shared/jobs/rules.ts'
import { applyToy } from '#worker/boot/apply-toy.ts'
import { loadCatalog } from '#worker/boot/load-catalog.ts'
import { bindGraph, workSize } from '#worker/core/bind-graph.ts'
import type { Graph } from './core/types.ts'
import { startStandin } from './standin.ts'
import type { Standin } from './standin.ts'
import { difference, TestClient, testImage, upload } from './testing/client.ts'

const templates = await loadCatalog(path.join(import.meta.dirname, '../../workflows'))
const side = 64

/** Every template with every number of style images that it takes. */
const cases = [...templates].flatMap(([name, template]) => {
  const styles = template.variant.images.filter((slot) => slot.role === 'style')
  const least = styles.filter((slot) => slot.absent === undefined).length
  const counts = Array.from({ length: styles.length - least + 1 }, (_, i) => least + i)
  return counts.map((count) => ({ name, count, template: applyToy(template, { pixels: side * side, steps: 2 }) }))
})

let standin: Standin
let client: TestClient

beforeAll(async () => {
  standin = await startStandin({ stepMs: 0, loadMs: 0 })
  client = await TestClient.open(standin.url)
  for (const [turn, role] of inputRoles.entries())
    await upload(standin.url, `${role}.png`, await testImage(side, turn * 40))
  const mask = await sharp({ create: { width: side, height: side, channels: 3, background: '#000' } })
    .composite([{ input: { create: { width: 20, height: 20, channels: 3, background: '#fff' } }, left: 22, top: 22 }])
    .png()
    .toBuffer()
  await upload(standin.url, 'mask.png', mask)
})

afterAll(async () => {
  await client.close()
  await standin.stop()
})

async function run({ template, count }: (typeof cases)[number], end: 0 | 100): Promise<Buffer> {
  const { variant } = template
  const slots = variant.images.filter((slot) => slot.role !== 'style' && slot.absent === undefined)
  const roles = [...slots.map((slot) => slot.role), ...Array.from({ length: count }, () => 'style' as const)]
  const graph = bindGraph(template, {
    prompt: 'a lighthouse in a storm',
    negative: '',
    creativity: end,
    chaos: end,
    seed: '18446744073709551615',
    params: {},
    images: roles.map((role) => ({ role, file: `${role}.png`, weight: 1, width: side, height: side })),
    mask: variant.repaints ? 'mask.png' : null,
    nonce: `${end}`,
  })
  const { id, status, body } = await client.submit(graph as Graph, { extra_data: {} })
  expect(body['node_errors']).toEqual({})
  expect(status).toBe(200)
  await client.untilEnd(id)
  const png = await client.result(id)
  const square = [{ role: slots[0]?.role ?? 'base', file: '', weight: 1, width: side, height: side }]
  const size = workSize(variant, { images: square, params: {} })
  expect(await sharp(png).metadata()).toMatchObject({ ...size, channels: 3 })
  return png
}

test.each(cases)('$name with $count style images runs at both slider ends', async (entry) => {
  const calm = await run(entry, 0)
  const wild = await run(entry, 100)
  if (entry.template.variant.sliders.length > 0) expect(await difference(calm, wild)).toBeGreaterThan(2)
})
