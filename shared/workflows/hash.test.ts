import { createHash } from 'node:crypto'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicalJson, workflowHash } from './hash.ts'
import { variant } from './manifest.ts'

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

function shuffled(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shuffled)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([key, member]) => [key, shuffled(member)]),
  )
}

const sample = variant.parse({
  key: 'dev',
  graph: 'dev.api.json',
  modelKey: 'm',
  family: 'flux1',
  models: ['m'],
  steps: 4,
  pixels: 65_536,
  sizeMultiple: 16,
  sizeFrom: 'base',
  fields: Object.fromEntries(
    ['prompt', 'seed', 'steps', 'width', 'height', 'nonce'].map((name) => [name, [{ node: 'a', input: name }]]),
  ),
  images: [{ role: 'base', targets: [{ node: 'a', input: 'image' }] }],
  sampler: 'a',
  output: 'a',
})

describe('canonicalJson', () => {
  it('gives one text for one value whatever the order of its keys', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(canonicalJson(shuffled(value))).toBe(canonicalJson(value))
      }),
    )
  })

  it('stays the same value when parsed back', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)))
      }),
    )
  })
})

describe('workflowHash', () => {
  const nodes = { a: { class_type: 'A', inputs: { x: 1 } } }

  it('changes with the graph and with the bindings', () => {
    const hash = workflowHash({ graph: nodes, variant: sample }, sha256)

    expect(workflowHash({ graph: { a: { class_type: 'A', inputs: { x: 2 } } }, variant: sample }, sha256)).not.toBe(
      hash,
    )
    expect(workflowHash({ graph: nodes, variant: { ...sample, steps: 5 } }, sha256)).not.toBe(hash)
    expect(workflowHash({ graph: nodes, variant: { ...sample, proven: 'toy' } }, sha256)).toBe(hash)
  })
})
