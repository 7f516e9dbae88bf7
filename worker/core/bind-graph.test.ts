import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readTemplate } from '#worker/testing/templates.ts'
import { bindGraph, slide, workSize, type BindRequest } from './bind-graph.ts'

const dev = readTemplate('remix', 'dev')
const style = readTemplate('style', 'sdxl')
const surgeon = readTemplate('inpaint', 'sdxl')

function request(overrides: Partial<BindRequest> = {}): BindRequest {
  return {
    prompt: 'a rusted cathedral',
    negative: '',
    creativity: 50,
    chaos: 30,
    seed: '7',
    params: {},
    mask: null,
    images: [{ role: 'base', file: 'jobs/x/base.png', weight: 1, width: 1_500, height: 1_000 }],
    nonce: 'x:1',
    ...overrides,
  }
}

function styleRef(file: string, weight = 1): BindRequest['images'][number] {
  return { role: 'style', file, weight, width: 300, height: 500 }
}

const source = { role: 'source', file: 'jobs/x/work.png', weight: 1, width: 1_216, height: 832 } as const

describe('bindGraph', () => {
  it('writes the request into the remix template', () => {
    const graph = bindGraph(dev, request())

    expect(graph.pos?.inputs.text).toBe('a rusted cathedral')
    expect(graph.sampler?.inputs).toMatchObject({ seed: '7', steps: 28, denoise: 0.675 })
    expect(graph.guidance?.inputs.guidance).toBe(4.1)
    expect(graph.base_fit?.inputs).toMatchObject({ width: 1248, height: 832 })
    expect(graph.base?.inputs.image).toBe('jobs/x/base.png')
    expect(graph.out?.inputs.forge_nonce).toBe('x:1')
  })

  it('packs style images leftwards with their weights, whatever stands between them, and prunes the rest', () => {
    const [base] = request().images
    if (!base) throw new Error('no base')

    const graph = bindGraph(style, request({ images: [styleRef('b.png', 0.25), base, styleRef('c.png', 0.75)] }))

    expect([graph.ref1?.inputs.image, graph.ref2?.inputs.image]).toEqual(['b.png', 'c.png'])
    expect([graph.ref1_embed?.inputs.weight, graph.ref2_embed?.inputs.weight]).toEqual([0.25, 0.75])
    expect(Object.keys(graph).filter((id) => id.startsWith('ref3'))).toEqual([])
    expect(Object.keys(graph.refs?.inputs ?? {})).toEqual(['method', 'embed1', 'embed2'])
  })

  it('takes absent images out of the middle of a chain', () => {
    const klein = readTemplate('style', 'flux2-klein')

    const graph = bindGraph(klein, request({ images: [...request().images, styleRef('a.png')] }))

    expect(graph.guider?.inputs.conditioning).toEqual(['ref1_reference', 0])
    expect(Object.keys(graph).filter((id) => /^ref[23]/.test(id))).toEqual([])
  })

  it('keeps the template’s negative prompt until the request has its own', () => {
    const images = [...request().images, styleRef('a.png')]

    expect(bindGraph(style, request({ images })).neg?.inputs.text).toContain('blurry')
    expect(bindGraph(style, request({ images, negative: 'hands' })).neg?.inputs.text).toBe('hands')
  })

  it('gives a repainting graph the work image and its mask as they are', () => {
    const graph = bindGraph(surgeon, request({ images: [source], mask: 'jobs/x/mask.png' }))

    expect(graph.source?.inputs.image).toBe('jobs/x/work.png')
    expect(graph.mask_image?.inputs.image).toBe('jobs/x/mask.png')
  })

  it('gives different prompts the same structure: user text never becomes a link or a node', () => {
    const graph = bindGraph(dev, request({ prompt: '["unet",0]' }))

    expect(graph.pos?.inputs.text).toBe('["unet",0]')
  })

  it('refuses a template whose bound field is gone', () => {
    const broken = { ...dev, graph: structuredClone(dev.graph) }
    delete broken.graph.pos

    expect(() => bindGraph(broken, request())).toThrow('pos.text')
  })

  it('writes a parameter that the variant names and holds it to its range', () => {
    const variant = {
      ...dev.variant,
      params: { cfg: { targets: [{ node: 'sampler', input: 'cfg' }], min: 1, max: 10 } },
    }

    expect(bindGraph({ ...dev, variant }, request({ params: { cfg: 4 } })).sampler?.inputs.cfg).toBe(4)
    for (const cfg of [0, 11, Number.NaN, '4', null]) {
      expect(() => bindGraph({ ...dev, variant }, request({ params: { cfg } }))).toThrow('out of range')
    }
  })
})

describe('bindGraph refuses', () => {
  it.each([
    ['no base image', request({ images: [] })],
    ['an image that no slot takes', request({ images: [...request().images, styleRef('y')] })],
    ['a seed that is not a decimal number', request({ seed: '0x10' })],
    ['seed −1', request({ seed: '-1' })],
    ['seed 2^64', request({ seed: '18446744073709551616' })],
    ['a parameter that the variant does not name', request({ params: { cfg: 7 } })],
    ['a prompt that names a file of the box', request({ prompt: 'a cat, (embedding:secret:1.2)' })],
    ['a negative that does', request({ negative: 'Embedding: secret' })],
    ['a mask for a graph that has none', request({ mask: 'mask.png' })],
  ])('%s', (_what, wish) => {
    expect(() => bindGraph(dev, wish)).toThrow(expect.objectContaining({ code: 'GRAPH_INVALID', retry: false }))
  })

  it.each([
    ['no style image', style, request()],
    [
      'a fourth style image',
      style,
      request({ images: [...request().images, ...['a', 'b', 'c', 'd'].map((file) => styleRef(file))] }),
    ],
    ['no mask to repaint', surgeon, request({ images: [source] })],
    ['a work image off the grid', surgeon, request({ images: [{ ...source, width: 1_210 }], mask: 'mask.png' })],
  ])('%s', (_what, template, wish) => {
    expect(() => bindGraph(template, wish)).toThrow(expect.objectContaining({ code: 'GRAPH_INVALID', retry: false }))
  })
})

describe('workSize', () => {
  const words = readTemplate('tonic', 'schnell-txt2img').variant

  it('is square without an image, or of the aspect ratio that the request states', () => {
    expect(workSize(words, request({ images: [] }))).toEqual({ width: 1024, height: 1024 })
    expect(workSize(words, request({ images: [], params: { aspect: 1.5 } }))).toEqual({ width: 1248, height: 832 })
  })

  it.each([0, 0.2, 4.1, Number.NaN, '1'])('refuses the aspect ratio %s', (aspect) => {
    expect(() => workSize(words, request({ images: [], params: { aspect } }))).toThrow('aspect is out of range')
  })

  it('stays that of a work image to the pixel', () => {
    expect(workSize(surgeon.variant, request({ images: [source] }))).toEqual({ width: 1_216, height: 832 })
  })
})

describe('slide', () => {
  it('reaches both ends, runs downwards when asked and clamps', () => {
    expect([slide(0, 0.4, 0.95), slide(100, 0.4, 0.95), slide(100, 0.7, 0.3), slide(130, 0, 1)]).toEqual([
      0.4, 0.95, 0.3, 1,
    ])
  })

  it('never leaves its range', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true }), fc.double({ min: 0, max: 10, noNaN: true }), (position, to) => {
        const value = slide(position, 0, to)

        expect(value).toBeGreaterThanOrEqual(0)
        expect(value).toBeLessThanOrEqual(to + 1e-6)
      }),
    )
  })
})
