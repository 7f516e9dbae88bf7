import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseGraph, templateFaults } from '#shared/workflows/graph.ts'
import { isLicensed, licenceOf } from '#shared/workflows/licence.ts'
import { findVariant, parseManifest } from '#shared/workflows/manifest.ts'
import { parseModels } from '#shared/workflows/models.ts'

const root = import.meta.dirname
const modes = readdirSync(root, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name)
const readJson = (...path: string[]): unknown => JSON.parse(readFileSync(join(root, ...path), 'utf8'))
const models = parseModels(readJson('models.json'))
const read = (mode: string) => parseManifest(readJson(mode, 'manifest.json'))

describe.each(modes)('%s', (mode) => {
  const manifest = read(mode)

  it('is named by its folder', () => {
    expect(manifest.mode).toBe(mode)
  })

  it.each(manifest.variants)('$key binds to whole graph fields and loads what it lists', (variant) => {
    expect(templateFaults(parseGraph(readJson(mode, variant.graph)), variant, models)).toEqual([])
  })

  it.each(manifest.variants)('$key ends in a temporary image with a nonce', (variant) => {
    expect(parseGraph(readJson(mode, variant.graph))[variant.output]?.class_type).toBe('PreviewImage')
    expect(variant.fields.nonce).toEqual([{ node: variant.output, input: 'forge_nonce' }])
  })

  it.each(manifest.variants)('$key moves only sliders that the mode shows', (variant) => {
    const shown = new Set(manifest.sliders.map((slider) => slider.key))

    expect(variant.sliders.every((binding) => shown.has(binding.slider))).toBe(true)
  })

  it('has no graph beside those of its variants', () => {
    const graphs = readdirSync(join(root, mode)).filter((name) => name.endsWith('.api.json'))

    expect(graphs.sort()).toEqual(manifest.variants.map((variant) => variant.graph).sort())
  })
})

/** `slider node.input from..to`, in the manifest's order. */
function ranges(mode: string, key: string): string[] {
  const sliders = findVariant(read(mode), key)?.sliders ?? []
  return sliders.map(({ slider, node, input, from, to }) => `${slider} ${node}.${input} ${from}..${to}`)
}

/** Literal inputs of the sampler. */
function sampler(mode: string, key: string): Readonly<Record<string, unknown>> {
  return parseGraph(readJson(mode, `${key}.api.json`))['sampler']?.inputs ?? {}
}

describe('the parameters of the modes', () => {
  it('style: IP-Adapter weight 0.6..0.9 and denoise 0.3..0.8 by creativity, cfg 7.5, 28 steps', () => {
    expect(ranges('style', 'sdxl')).toEqual(['creativity ipa.weight 0.6..0.9', 'creativity sampler.denoise 0.3..0.8'])
    expect(sampler('style', 'sdxl')).toMatchObject({ cfg: 7.5, steps: 28 })
  })

  it('remix: denoise 0.4..0.95 by creativity, guidance 3.5..5.5 by chaos in dev alone; 28 and 4 steps', () => {
    const denoise = 'creativity sampler.denoise 0.4..0.95'

    expect(ranges('remix', 'dev')).toEqual([denoise, 'chaos guidance.guidance 3.5..5.5'])
    expect(ranges('remix', 'schnell')).toEqual([denoise])
    expect([sampler('remix', 'dev')['steps'], sampler('remix', 'schnell')['steps']]).toEqual([28, 4])
  })

  it.each(['sdxl', 'sdxl-9ch'])('inpaint/%s: denoise 0.85, cfg 8, 35 steps', (key) => {
    expect(sampler('inpaint', key)).toMatchObject({ denoise: 0.85, cfg: 8, steps: 35 })
  })

  it.each(['canny', 'depth'])(
    'mashup/%s: IP-Adapter 0.5..0.9, ControlNet 0.7..0.3 and cfg 7..10 by chaos, 35 steps',
    (key) => {
      expect(ranges('mashup', key)).toEqual([
        'chaos ipa.weight 0.5..0.9',
        'chaos control.strength 0.7..0.3',
        'chaos sampler.cfg 7..10',
      ])
      expect(sampler('mashup', key)['steps']).toBe(35)
    },
  )

  it('tonic: LoRA strength by creativity in every variant', () => {
    for (const { key } of read('tonic').variants) {
      expect(ranges('tonic', key)).toEqual(['creativity lora.strength_model 0.6..1.2'])
    }
  })
})

describe('the graph of a repainting variant', () => {
  const variants = read('inpaint').variants.map((variant) => ({
    ...variant,
    nodes: parseGraph(readJson('inpaint', variant.graph)),
  }))

  it.each(variants)('$key neither scales nor composites: the worker alone decides which pixels change', ({ nodes }) => {
    const classes = Object.values(nodes).map((node) => node.class_type)

    expect(classes.filter((name) => /Scale|Composite|Blur|GrowMask/.test(name))).toEqual([])
    expect(nodes['inpaint']?.inputs).toMatchObject({ pixels: ['source', 0], mask: ['mask', 0] })
    expect(nodes['out']?.inputs['images']).toEqual(['decode', 0])
  })
})

describe('the price of a mode', () => {
  const sold = { style: 'sdxl', remix: 'dev', inpaint: 'sdxl', mashup: 'canny', tonic: 'dev' }

  it.each(Object.entries(sold))('%s/%s is a credit for every 35 evaluations of the model begun', (mode, key) => {
    const nodes = Object.values(parseGraph(readJson(mode, `${key}.api.json`)))
    const { steps, cfg } = sampler(mode, key)
    const held = nodes.some((node) => node.class_type === 'ControlNetApplyAdvanced')
    const evaluations = Number(steps) * (Number(cfg) > 1 ? 2 : 1) * (held ? 1.5 : 1)

    expect(read(mode).price).toBe(Math.ceil(evaluations / 35))
  })
})

describe('the models', () => {
  it('are all used by some variant', () => {
    const used = new Set(modes.flatMap((mode) => read(mode).variants.flatMap((variant) => variant.models)))

    expect(models.map((file) => file.key).filter((key) => !used.has(key))).toEqual([])
  })

  it('can be told by hash, or by header where no hash is published', () => {
    const blind = models.filter(
      ({ sha256, format, source }) =>
        sha256 === null && format.keys.length + format.axes.length === 0 && !('operator' in source),
    )

    expect(blind).toEqual([])
  })

  it('give one licence to every model of FLUX.1 [dev], and a slug to report its use by', () => {
    const restricted = models.filter((file) => file.licenceKind === 'non-commercial')

    expect(restricted.map((file) => file.key).sort()).toEqual(['flux1-dev', 'flux1-fill-dev', 'tonic-style-dev'])
    expect(restricted.every((file) => file.usageSlug !== null)).toBe(true)
    expect(models.filter((file) => file.usageSlug !== null)).toEqual(restricted)
  })

  it('make every mode possible on weights whose images may be sold', () => {
    const free = { style: 'sdxl', remix: 'schnell', inpaint: 'sdxl', mashup: 'canny', tonic: 'schnell' }

    expect(Object.keys(free).sort()).toEqual([...modes].sort())
    for (const [mode, key] of Object.entries(free)) {
      const variant = findVariant(read(mode), key)
      if (!variant) throw new Error(`no ${mode}/${key}`)
      expect(licenceOf(variant, models)).toMatchObject({ kind: 'free', restrictedBy: [] })
      expect(isLicensed(variant, models, [])).toBe(true)
    }
  })
})
