import { describe, expect, it } from 'vitest'
import { findVariant, parseManifest } from './manifest.ts'
import remix from '#workflows/remix/manifest.json' with { type: 'json' }

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
})
