import { describe, expect, it } from 'vitest'
import { isLicensed, licenceOf } from './licence.ts'
import { type ModelFile, parseModels } from './models.ts'

function file(key: string, overrides: Partial<ModelFile> = {}) {
  return {
    key,
    file: `${key}.safetensors`,
    folder: 'loras',
    source: { repo: 'a/b', path: 'c', revision: 'main' },
    bytes: null,
    sha256: null,
    licence: 'Apache-2.0',
    licenceKind: 'free',
    gated: false,
    format: { architecture: 'flux1-lora' },
    ...overrides,
  }
}
const nonCommercial = { licence: 'NC', licenceKind: 'non-commercial' } as const
const models = parseModels([
  file('main'),
  file('clip', { licence: 'MIT' }),
  file('lora', nonCommercial),
  file('fill', nonCommercial),
])

describe('licenceOf', () => {
  it('is the main model’s while every file is free', () => {
    expect(licenceOf({ modelKey: 'main', models: ['clip', 'main'] }, models)).toEqual({
      licence: 'Apache-2.0',
      kind: 'free',
      restrictedBy: [],
    })
  })

  it('is the most restrictive of the files, so that one LoRA binds the whole variant', () => {
    expect(licenceOf({ modelKey: 'main', models: ['main', 'lora'] }, models)).toEqual({
      licence: 'NC',
      kind: 'non-commercial',
      restrictedBy: ['lora'],
    })
  })

  it('holds a file that the list does not know for restricted', () => {
    expect(licenceOf({ modelKey: 'main', models: ['main', 'gone'] }, models)).toMatchObject({
      licence: 'unknown',
      kind: 'non-commercial',
      restrictedBy: ['gone'],
    })
  })
})

describe('isLicensed', () => {
  it('lets free files through without a statement', () => {
    expect(isLicensed({ modelKey: 'main', models: ['main', 'clip'] }, models, [])).toBe(true)
  })

  it('needs a statement for every non-commercial file, by its key', () => {
    const variant = { modelKey: 'fill', models: ['fill', 'lora', 'clip'] }

    expect(isLicensed(variant, models, ['other'])).toBe(false)
    expect(isLicensed(variant, models, ['fill'])).toBe(false)
    expect(isLicensed(variant, models, ['lora', 'fill'])).toBe(true)
  })
})
