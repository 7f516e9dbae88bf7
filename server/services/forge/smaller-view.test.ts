import { expect, test } from 'vitest'
import type { Catalogue } from '#server/adapters/workflows.ts'
import { smallerOf } from './smaller-view.ts'

const row = { mode: 'remix', variant: 'dev', remote: null }
const spec = { params: {} }
const catalogueOf = (repaints: boolean) =>
  ({ template: () => ({ variant: { pixels: 1_048_576, repaints } }) }) as unknown as Pick<Catalogue, 'template'>
const catalogue = catalogueOf(false)

test('an image of the area that its mode makes is not smaller, whatever its shape', () => {
  expect(smallerOf({ row, spec, output: { width: 1024, height: 1024 } }, catalogue)).toBeNull()
  expect(smallerOf({ row, spec, output: { width: 1216, height: 832 } }, catalogue)).toBeNull()
})

test('half the area is what a card without room makes, also below what the day allowed', () => {
  const few = { params: { maxPixels: 589_824 } }

  expect(smallerOf({ row, spec, output: { width: 724, height: 724 } }, catalogue)).toBe('memory')
  expect(smallerOf({ row, spec: few, output: { width: 768, height: 768 } }, catalogue)).toBe('saving')
  expect(smallerOf({ row, spec: few, output: { width: 512, height: 512 } }, catalogue)).toBe('memory')
})

test('of a repaint, a provider and an image that is not there nothing is said', () => {
  const small = { width: 256, height: 256 }

  expect(smallerOf({ row, spec, output: small }, catalogueOf(true))).toBeNull()
  expect(smallerOf({ row: { ...row, remote: { provider: 'replicate' } }, spec, output: small }, catalogue)).toBeNull()
  expect(smallerOf({ row, spec, output: undefined }, catalogue)).toBeNull()
})
