import { describe, expect, it } from 'vitest'
import { changesBetween, classesIn, reduceSignature, type ServedClass } from './reduce-signatures.ts'

const served: ServedClass = {
  input: {
    required: {
      unet_name: [['secret-project-v3.safetensors'], { tooltip: 'the file' }],
      clip_name: ['COMBO', { multiselect: false, options: ['secret.safetensors'], default: 'secret.safetensors' }],
      strength: ['FLOAT', { default: 1, min: 0, max: 10, step: 0.01, tooltip: 'how much' }],
      output: [
        'COMFY_DYNAMICCOMBO_V3',
        { options: [{ key: 'depth', inputs: { required: { a: ['INT', { tooltip: 'x' }] } } }] },
      ],
    },
  },
  input_order: { required: ['unet_name', 'clip_name', 'strength', 'output'] },
  output: ['MODEL'],
  output_is_list: [false],
  output_name: ['MODEL'],
  name: 'Loader',
  display_name: 'Load it',
  category: 'loaders',
  output_node: false,
  python_module: 'nodes',
}

describe('reduceSignature', () => {
  it('keeps ranges and choices, and neither prose nor the names of files', () => {
    const reduced = reduceSignature(served, new Set(['unet_name', 'clip_name']))

    expect(reduced.input.required).toEqual({
      unet_name: [[], {}],
      clip_name: ['COMBO', { multiselect: false, options: [] }],
      strength: ['FLOAT', { default: 1, min: 0, max: 10, step: 0.01 }],
      output: ['COMFY_DYNAMICCOMBO_V3', { options: [{ key: 'depth', inputs: { required: { a: ['INT', {}] } } }] }],
    })
    expect(JSON.stringify(reduced)).not.toMatch(/secret|tooltip/)
  })
})

describe('classesIn', () => {
  it('finds the classes of graphs at any depth', () => {
    expect(classesIn([{ graph: { a: { class_type: 'KSampler', inputs: {} } } }, { class_type: 'VAEDecode' }])).toEqual([
      'KSampler',
      'VAEDecode',
    ])
  })
})

describe('changesBetween', () => {
  it('names what came, what went and which inputs differ', () => {
    const before = { Gone: {}, Same: { name: 'Same' }, Other: { input: { required: { a: ['INT', { max: 1 }] } } } }
    const after = { New: {}, Same: { name: 'Same' }, Other: { input: { required: { a: ['INT', { max: 2 }] } } } }

    expect(changesBetween(before, after)).toEqual(['- Gone', '+ New', '~ Other: input.required.a'])
  })
})
