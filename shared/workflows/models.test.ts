import { describe, expect, it } from 'vitest'
import { parseModels } from './models.ts'
import models from '#workflows/models.json' with { type: 'json' }

const [first] = models

describe('parseModels', () => {
  it('reads the list of the project', () => {
    expect(parseModels(models).length).toBe(models.length)
  })

  it.each([
    ['a pickle', { file: 'model.ckpt' }],
    ['a file outside its folder', { file: '../model.safetensors' }],
    ['a folder that no loader reads', { folder: 'custom_nodes' }],
    ['an address without TLS', { source: { url: 'http://example.com/a.safetensors' } }],
    ['half a hash', { sha256: 'abc' }],
    ['a field that it does not know', { sha1: '' }],
  ])('refuses %s', (_what, change) => {
    expect(() => parseModels([{ ...first, ...change }])).toThrow()
  })

  it('refuses one key, or one place on disk, for two files', () => {
    expect(() => parseModels([first, { ...first, file: 'other.safetensors' }])).toThrow('model twice')
    expect(() => parseModels([first, { ...first, key: 'other' }])).toThrow('model twice')
  })
})
