import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isPromptClean } from '#shared/jobs/prompt.ts'
import { boundTargets, danglingLinks, readLink } from '#shared/workflows/graph.ts'
import { readTemplates } from '#worker/testing/templates.ts'
import { bindGraph, workSize, type BindRequest, type Template } from './bind-graph.ts'

/** Requests a server would let through: every required image, any number of the optional ones, odd sizes. */
function requestsFor({ variant }: Template): fc.Arbitrary<BindRequest> {
  const { sizeMultiple } = variant
  const side = variant.repaints
    ? fc.integer({ min: 1, max: 30 }).map((cells) => cells * sizeMultiple)
    : fc.integer({ min: 1, max: 4_097 })
  const optional = variant.images.filter((slot) => slot.absent).length
  const end = fc.oneof(fc.constantFrom(0, 100), fc.double({ min: 0, max: 100, noNaN: true }))
  const image = fc.record({
    file: fc.string({ minLength: 1 }),
    weight: fc.double({ min: 0, max: 1, noNaN: true }),
    width: side,
    height: side,
  })
  const images = fc.integer({ min: 0, max: optional }).chain((absent) => {
    const roles = variant.images.slice(0, variant.images.length - absent).map((slot) => slot.role)
    return fc.tuple(...roles.map((role) => image.map((facts) => ({ ...facts, role }))))
  })
  return fc.record({
    prompt: fc.string({ unit: 'grapheme' }).filter(isPromptClean),
    negative: fc.string().filter(isPromptClean),
    creativity: end,
    chaos: end,
    seed: fc.oneof(
      fc.constantFrom('0', String(2n ** 53n + 1n), String(2n ** 64n - 1n)),
      fc.bigInt(0n, 2n ** 64n - 1n).map(String),
    ),
    params: fc
      .option(fc.double({ min: 0.25, max: 4, noNaN: true }), { nil: null })
      .map((aspect) => (aspect === null ? {} : { aspect })),
    mask: variant.repaints ? fc.string({ minLength: 1 }) : fc.constant(null),
    images,
    nonce: fc.string(),
  })
}

/** Samplers with noise of their own count one up from the seed, and nothing is above this one. */
const highest = String(2n ** 64n - 1n)

const runs = { numRuns: 60 }

describe.each(readTemplates())('$mode/$variant.key', (template) => {
  const { variant } = template
  const slots = variant.images
  const bound = new Set(boundTargets(variant).map(({ node, input }) => `${node}.${input}`))

  it('pitfall 21: changes bound fields alone, leaves no link dangling, and leaves the template as it was', () => {
    const before = structuredClone(template)
    fc.assert(
      fc.property(requestsFor(template), (wish) => {
        const graph = bindGraph(template, wish)

        const empty = slots.slice(wish.images.length).flatMap((slot) => (slot.absent ? [slot.absent] : []))
        const cut = new Set(empty.flatMap((absent) => absent.nodes))
        const unplugged = new Set(empty.flatMap((absent) => absent.inputs.map(({ node, input }) => `${node}.${input}`)))
        expect(danglingLinks(graph)).toEqual([])
        expect(Object.keys(graph)).toEqual(Object.keys(template.graph).filter((id) => !cut.has(id)))
        for (const [id, node] of Object.entries(graph)) {
          const was = template.graph[id]?.inputs ?? {}
          expect(Object.keys(node.inputs)).toEqual(Object.keys(was).filter((input) => !unplugged.has(`${id}.${input}`)))
          for (const [input, value] of Object.entries(node.inputs)) {
            const relinked = cut.has(readLink(was[input])?.[0] ?? '')
            if (!bound.has(`${id}.${input}`) && !relinked) expect(value).toEqual(was[input])
          }
        }
      }),
      runs,
    )
    expect(template).toEqual(before)
  })

  it('writes every seed but the highest exactly, sliders within their ranges and sizes on the grid', () => {
    fc.assert(
      fc.property(requestsFor(template), (wish) => {
        const graph = bindGraph(template, wish)
        const { width, height } = workSize(variant, wish)

        for (const { node, input } of variant.fields.seed)
          expect(graph[node]?.inputs[input]).toBe(wish.seed === highest ? String(2n ** 64n - 2n) : wish.seed)
        for (const { node, input, from, to } of variant.sliders) {
          expect(graph[node]?.inputs[input]).toBeGreaterThanOrEqual(Math.min(from, to))
          expect(graph[node]?.inputs[input]).toBeLessThanOrEqual(Math.max(from, to))
        }
        expect([width % variant.sizeMultiple, height % variant.sizeMultiple]).toEqual([0, 0])
        expect(Math.min(width, height)).toBeGreaterThanOrEqual(variant.sizeMultiple)
        for (const { node, input } of variant.fields.width) expect(graph[node]?.inputs[input]).toBe(width)
        for (const { node, input } of variant.fields.height) expect(graph[node]?.inputs[input]).toBe(height)
      }),
      runs,
    )
  })

  it('gives equal requests equal graphs that share nothing', () => {
    fc.assert(
      fc.property(requestsFor(template), (wish) => {
        const [one, other] = [bindGraph(template, wish), bindGraph(template, wish)]

        expect(JSON.stringify(one)).toBe(JSON.stringify(other))
        for (const [id, node] of Object.entries(one)) {
          expect(node).not.toBe(other[id])
          expect(node.inputs).not.toBe(template.graph[id]?.inputs)
        }
      }),
      { numRuns: 20 },
    )
  })
})
