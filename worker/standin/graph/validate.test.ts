import { expect, test } from 'vitest'
import type { Graph } from '../core/types.ts'
import { node, remixGraph } from '../testing/graphs.ts'
import { signatures, withFiles, modelFiles } from './signatures.ts'
import { validateGraph } from './validate.ts'
import type { Installation, Validation } from './validate.ts'

const installation: Installation = {
  signature: (name) => {
    const signature = signatures[name]
    const lists = { files: (folder: string) => modelFiles[folder] ?? [], images: () => [] }
    return signature === undefined ? null : withFiles(name, signature, lists)
  },
  badImage: (name) => (name === 'base.png' ? null : `Invalid image file: ${String(name)}`),
}

function judge(change: (graph: Graph) => void): Validation {
  const graph = remixGraph()
  change(graph)
  return validateGraph(graph, installation, null)
}

function errorTypes(verdict: Validation): Record<string, string[]> {
  return Object.fromEntries(
    Object.entries(verdict.nodeErrors).map(([id, { errors }]) => [id, errors.map(({ type }) => type)]),
  )
}

test('a good graph passes with its output node', () => {
  expect(judge(() => null)).toEqual({ ok: true, outputs: ['out'], nodeErrors: {} })
})

test.each([
  ['a number above its maximum', 'denoise', 1.7, 'value_bigger_than_max'],
  ['a number below its minimum', 'steps', 0, 'value_smaller_than_min'],
  ['a seed below zero', 'seed', -1, 'value_smaller_than_min'],
  ['a choice that is not offered', 'sampler_name', 'nope', 'value_not_in_list'],
  ['text where a number belongs', 'steps', 'many', 'invalid_input_type'],
  ['a missing input', 'cfg', undefined, 'required_input_missing'],
  ['a link with one part', 'model', ['unet'], 'bad_linked_input'],
  ['a link of another type', 'model', ['vae', 0], 'return_type_mismatch'],
] as const)('refuses %s', (_name, input, value, type) => {
  const verdict = judge((graph) => {
    const inputs = graph['sampler']?.inputs ?? {}
    if (value === undefined) delete inputs[input]
    else inputs[input] = value
  })
  expect(verdict.ok).toBe(false)
  expect(errorTypes(verdict)).toEqual({ sampler: [type] })
  expect(verdict.nodeErrors['sampler']?.dependent_outputs).toEqual(['out'])
})

test('a seed up to 2^64−1 passes as decimal text and keeps its digits', () => {
  const graph = remixGraph({ seed: '18446744073709551615' })
  expect(validateGraph(graph, installation, null).ok).toBe(true)
  expect(graph['sampler']?.inputs['seed']).toBe('18446744073709551615')
})

test('a link to a node that is not there is reported at the node that follows it', () => {
  const verdict = judge((graph) => Object.assign(graph['sampler']?.inputs ?? {}, { positive: ['gone', 0] }))
  expect(errorTypes(verdict)).toEqual({ decode: ['exception_during_inner_validation'] })
})

test('a cycle is refused', () => {
  const verdict = judge((graph) => Object.assign(graph['pos']?.inputs ?? {}, { clip: ['clip', 0] }))
  expect(verdict.ok).toBe(true)
  const looped = judge((graph) => {
    graph['a'] = node('ConditioningZeroOut', { conditioning: ['b', 0] })
    graph['b'] = node('ConditioningZeroOut', { conditioning: ['a', 0] })
    Object.assign(graph['sampler']?.inputs ?? {}, { negative: ['a', 0] })
  })
  expect(Object.values(errorTypes(looped)).flat()).toContain('dependency_cycle')
})

test('an input file that is not there fails the loader', () => {
  expect(errorTypes(judge((graph) => Object.assign(graph['base']?.inputs ?? {}, { image: 'nope.png' })))).toEqual({
    base: ['custom_validation_failed'],
  })
})

test('one bad output of two is dropped and the rest runs', () => {
  const verdict = judge((graph) => {
    graph['l'] = node('LoadImage', { image: 'nope.png' })
    graph['o2'] = node('PreviewImage', { images: ['l', 0] })
  })
  expect(verdict).toMatchObject({ ok: true, outputs: ['out'], nodeErrors: { l: { dependent_outputs: ['o2'] } } })
})

test('unknown inputs are ignored', () => {
  expect(judge((graph) => Object.assign(graph['out']?.inputs ?? {}, { forge_nonce: 'x' })).ok).toBe(true)
})

test('an option with inputs of its own asks for them', () => {
  const graph: Graph = {
    da3: node('LoadDA3Model', { model_name: 'depth_anything_3_mono_large.safetensors', weight_dtype: 'default' }),
    base: node('LoadImage', { image: 'base.png' }),
    run: node('DA3Inference', {
      da3_model: ['da3', 0],
      image: ['base', 0],
      resolution: 504,
      resize_method: 'upper_bound_resize',
      mode: 'mono',
    }),
    hint: node('DA3Render', { da3_geometry: ['run', 0], output: 'depth', 'output.normalization': 'v2_style' }),
    out: node('PreviewImage', { images: ['hint', 0] }),
  }
  const verdict = validateGraph(graph, installation, null)
  expect(errorTypes(verdict)).toEqual({ hint: ['required_input_missing'] })
})
