import { describe, expect, it } from 'vitest'
import { isLicensed, priceOf } from './pricing.ts'

describe('priceOf', () => {
  it('counts every image of a press', () => {
    expect(priceOf({ price: 3 }, 4)).toBe(12)
  })
})

describe('isLicensed', () => {
  it('lets a free licence through without a statement', () => {
    expect(isLicensed({ licenceKind: 'free', modelKey: 'flux1-schnell' }, [])).toBe(true)
  })

  it('needs the operator to state a non-commercial model by its key', () => {
    const dev = { licenceKind: 'non-commercial', modelKey: 'flux1-dev' } as const

    expect(isLicensed(dev, ['other'])).toBe(false)
    expect(isLicensed(dev, ['flux1-dev'])).toBe(true)
  })
})
