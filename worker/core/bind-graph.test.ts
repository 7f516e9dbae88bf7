import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { boundTargets, danglingLinks } from '#shared/workflows/graph.ts'
import { readTemplate } from '#worker/testing/templates.ts'
import { bindGraph, slide, type BindRequest, type Template } from './bind-graph.ts'

const dev = readTemplate('remix', 'dev')
const schnell = readTemplate('remix', 'schnell')

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

const anyRequest: fc.Arbitrary<BindRequest> = fc.record({
  prompt: fc.string({ unit: 'grapheme' }),
  negative: fc.string(),
  creativity: fc.double({ min: 0, max: 100, noNaN: true }),
  chaos: fc.double({ min: 0, max: 100, noNaN: true }),
  seed: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map(String),
  params: fc.constant({}),
  mask: fc.constant(null),
  images: fc
    .record({
      role: fc.constant('base' as const),
      file: fc.string(),
      weight: fc.double({ min: 0, max: 1, noNaN: true }),
      width: fc.integer({ min: 64, max: 4_096 }),
      height: fc.integer({ min: 64, max: 4_096 }),
    })
    .map((image) => [image]),
  nonce: fc.string(),
})
const anyTemplate: fc.Arbitrary<Template> = fc.constantFrom(dev, schnell)

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

  it('changes bound fields and nothing else, and leaves the template as it was', () => {
    fc.assert(
      fc.property(anyTemplate, anyRequest, (template, wish) => {
        const before = structuredClone(template)

        const graph = bindGraph(template, wish)

        expect(template).toEqual(before)
        const bound = new Set(boundTargets(template.variant).map(({ node, input }) => `${node}.${input}`))
        expect(Object.keys(graph)).toEqual(Object.keys(template.graph))
        for (const [id, node] of Object.entries(template.graph)) {
          expect(graph[id]?.class_type).toBe(node.class_type)
          expect(Object.keys(graph[id]?.inputs ?? {})).toEqual(Object.keys(node.inputs))
          for (const [input, value] of Object.entries(node.inputs)) {
            if (!bound.has(`${id}.${input}`)) expect(graph[id]?.inputs[input]).toEqual(value)
          }
        }
      }),
    )
  })

  it('keeps every link whole, every slider in its range, the size on the grid and the seed exact', () => {
    fc.assert(
      fc.property(anyTemplate, anyRequest, (template, wish) => {
        const graph = bindGraph(template, wish)

        expect(danglingLinks(graph)).toEqual([])
        expect(graph.sampler?.inputs.seed).toBe(wish.seed)
        expect(graph.sampler?.inputs.denoise).toBeGreaterThanOrEqual(0.4)
        expect(graph.sampler?.inputs.denoise).toBeLessThanOrEqual(0.95)
        expect(Number(graph.base_fit?.inputs.width) % template.variant.sizeMultiple).toBe(0)
        expect(Number(graph.base_fit?.inputs.height) % template.variant.sizeMultiple).toBe(0)
      }),
    )
  })

  it('shares no object with the template', () => {
    const graph = bindGraph(dev, request())
    const link = graph.encode?.inputs.pixels

    expect(link).toEqual(dev.graph.encode?.inputs.pixels)
    expect(link).not.toBe(dev.graph.encode?.inputs.pixels)
  })

  it('gives different prompts the same structure: user text never becomes a link or a node', () => {
    const graph = bindGraph(dev, request({ prompt: '["unet",0]' }))

    expect(graph.pos?.inputs.text).toBe('["unet",0]')
  })

  it.each([
    ['no base image', request({ images: [] })],
    [
      'an image that no slot takes',
      request({ images: [...request().images, { role: 'style', file: 'y', weight: 1, width: 64, height: 64 }] }),
    ],
    ['a seed that is not a decimal number', request({ seed: '0x10' })],
    ['a parameter that the variant does not name', request({ params: { cfg: 7 } })],
  ])('refuses %s', (_what, wish) => {
    expect(() => bindGraph(dev, wish)).toThrow(expect.objectContaining({ code: 'GRAPH_INVALID', retry: false }))
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

  it('prunes the branch of an absent optional image', () => {
    const graph = structuredClone(dev.graph)
    graph.ref = { class_type: 'LoadImage', inputs: { image: 'ref.png' } }
    graph.pos = { class_type: 'CLIPTextEncode', inputs: { ...graph.pos?.inputs, extra: ['ref', 0] } }
    const slot = {
      role: 'style' as const,
      targets: [{ node: 'ref', input: 'image' }],
      weight: [],
      absent: { nodes: ['ref'], inputs: [{ node: 'pos', input: 'extra' }], bypass: [] },
    }
    const variant = { ...dev.variant, images: [...dev.variant.images, slot] }

    const without = bindGraph({ graph, variant }, request())

    expect(without.ref).toBeUndefined()
    expect(without.pos?.inputs).not.toHaveProperty('extra')
  })
})

describe('slide', () => {
  it('reaches both ends, runs downwards when asked and clamps', () => {
    expect([slide(0, 0.4, 0.95), slide(100, 0.4, 0.95), slide(100, 0.7, 0.3), slide(130, 0, 1)]).toEqual([
      0.4, 0.95, 0.3, 1,
    ])
  })
})
