import { describe, expect, it } from 'vitest'
import type { CaseResult } from './results.ts'
import { comfyTable, withTable } from './table.ts'

const facts = {
  day: '2026-01-02',
  comfyVersion: '0.33.0',
  torchVersion: '2.13.0',
  device: 'cpu',
  toy: { pixels: 16_384, steps: 2 },
  passed: 3,
  failed: 0,
}
const result = (part: Partial<CaseResult>): CaseResult => ({
  key: 'remix/dev',
  images: 'base',
  slider: 0,
  ms: 12,
  lacks: null,
  ...part,
})

describe('comfyTable', () => {
  it('gives each template and number of images one line with the times of both ends', () => {
    const real = [result({ slider: 100, ms: 30.4 }), result({}), result({ key: 'style/x', images: '–', ms: null })]

    const lines = comfyTable(real, [result({ ms: 5 })], facts)
      .split('\n')
      .slice(-2)

    expect(lines).toEqual(['| remix | dev | base | yes | 12 / 30 | 5 |', '| style | x | – | yes | no | – |'])
  })

  it('counts a template as validated when nothing but its files is missing', () => {
    const files = result({ ms: null, lacks: 'unet.unet_name = a.safetensors; vae.vae_name = b.safetensors' })
    const nodes = result({ key: 'remix/x', ms: null, lacks: 'node class Foo; vae.vae_name = b.safetensors' })

    const lines = comfyTable([files, nodes], [], facts).split('\n').slice(-2)

    expect(lines).toEqual(['| remix | dev | base | yes | no | – |', '| remix | x | base | no | no | – |'])
  })
})

describe('withTable', () => {
  it('replaces what stands between the markers and nothing else', () => {
    expect(withTable('a\n<!-- comfy:begin -->\nold\n<!-- comfy:end -->\nb', 'new')).toBe(
      'a\n<!-- comfy:begin -->\nnew\n<!-- comfy:end -->\nb',
    )
    expect(() => withTable('a', 'new')).toThrow('comfy:begin')
  })
})
