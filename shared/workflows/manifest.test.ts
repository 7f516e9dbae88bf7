import { describe, expect, it } from 'vitest'
import { findVariant, parseManifest } from './manifest.ts'
import remix from '#workflows/remix/manifest.json' with { type: 'json' }
import style from '#workflows/style/manifest.json' with { type: 'json' }
import tonic from '#workflows/tonic/manifest.json' with { type: 'json' }

describe('parseManifest', () => {
  it('reads the remix manifest', () => {
    const manifest = parseManifest(remix)

    expect(manifest.mode).toBe('remix')
    expect(findVariant(manifest, 'dev')?.steps).toBe(28)
    expect(findVariant(manifest, 'schnell')?.modelKey).toBe('flux1-schnell')
    expect(findVariant(manifest, 'other')).toBeUndefined()
  })

  it('refuses a field it does not know, so that a typing error is not silently ignored', () => {
    expect(() => parseManifest({ ...remix, pirce: 2 })).toThrow()
  })

  it('refuses two variants of one key', () => {
    expect(() => parseManifest({ ...remix, variants: [remix.variants[0], remix.variants[0]] })).toThrow('variant twice')
  })

  const tonicFaults: [string, (variants: typeof tonic.variants) => unknown[], string][] = [
    [
      'a stand-in that does not exist',
      ([first]) => [{ ...first, whenAbsent: { role: 'base', variant: 'gone' } }],
      'gone',
    ],
    [
      'an image that may be absent without a stand-in',
      ([first]) => [{ ...first, whenAbsent: undefined }],
      'requires 1',
    ],
    ['a size from an image that the variant has not', ([, words]) => [{ ...words, sizeFrom: 'base' }], 'size'],
    ['a mask without repainting', ([first]) => [{ ...first, repaints: true }], 'mask'],
    ['a main model that it does not list', ([first]) => [{ ...first, modelKey: 'other' }], 'modelKey'],
  ]
  it.each(tonicFaults)('refuses %s', (_what, change, words) => {
    expect(() => parseManifest({ ...tonic, variants: change(tonic.variants) })).toThrow(words)
  })

  it('refuses a variant that takes fewer images than the mode offers', () => {
    const [variant] = style.variants
    const variants = [{ ...variant, images: variant?.images.slice(0, 2) }]

    expect(() => parseManifest({ ...style, variants })).toThrow('sdxl takes 1 of style, offered 3')
  })
})
