import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadCatalog } from '#worker/boot/load-catalog.ts'
import { checkOutput } from '#worker/images/check-output.ts'
import { eventually } from '#worker/testing/bench-box.ts'
import { openComfyBox, type ComfyBox } from '#worker/testing/comfy/comfy-box.ts'
import { keepResult } from '#worker/testing/comfy/results.ts'
import { nameRoles, templateCases } from '#worker/testing/comfy/template-cases.ts'

const catalog = await loadCatalog(join(import.meta.dirname, '../../workflows'))
const cases = templateCases(catalog).map((entry) => ({ ...entry, images: nameRoles(entry.roles) }))

let box: ComfyBox
/** Templates whose nodes or files this server lacks, with the reason that its worker gives. */
const unavailable = new Map<string, string>()

beforeAll(async () => {
  box = await openComfyBox()
  const { logs } = box.startWorker()
  await eventually(() => logs.some((line) => line.includes('"msg":"ready"')), 'the worker is ready', 60_000)
  for (const line of logs) {
    const { msg, template, why } = JSON.parse(line) as Record<string, string>
    if (msg === 'template unavailable here') unavailable.set(template ?? '', why ?? '')
  }
})
afterAll(() => box[Symbol.asyncDispose]())

describe('on the server at COMFY_URL', { timeout: 180_000 }, () => {
  it.for(cases)(
    '$key makes an image of $images at slider $slider, from claim to stored output',
    async (entry, { skip }) => {
      const { key, roles, slider, images } = entry
      const why = unavailable.get(key)
      if (why !== undefined) {
        await keepResult({ key, images, slider, ms: null, lacks: why })
        skip(why)
      }
      const job = await box.addJob({ key, roles, slider })

      await eventually(() => job.status === 'succeeded' || job.status === 'failed', 'it ends', 170_000).catch(
        () => null,
      )
      const ms = job.completions[0]?.gpuMs ?? null
      await keepResult({ key, images, slider, ms, lacks: null })

      expect(job).toMatchObject({ status: 'succeeded', failures: [], releases: 0, epoch: 1 })
      const file = job.completions[0]?.files.find(({ kind }) => kind === 'output')
      const stored = box.control.stored.get(file?.stagingKey ?? '')
      await checkOutput(stored ?? new Uint8Array())
      const { width, height } = await sharp(stored).metadata()
      const { sizeMultiple } = entry.template.variant
      expect([width % sizeMultiple, height % sizeMultiple]).toEqual([0, 0])
    },
  )
})
