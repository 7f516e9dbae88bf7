import { expect, test } from 'vitest'
import { emptyDraft, modeDraft } from '#client/features/bench/core/draft.ts'
import { makeImage } from '#client/testing/images.ts'
import { fallbackMode } from './fallback-modes.ts'
import { missingOn } from './missing.ts'

const bare = modeDraft(
  emptyDraft(() => 0),
  'remix',
)
const open = { prepared: false, painted: null }
const source = { role: 'source' as const, weight: 1, image: makeImage() }

test('a mode says which image it lacks', () => {
  expect(missingOn(fallbackMode, bare, open)).toBe('Add an image first')
  const style = {
    ...fallbackMode,
    inputs: [...fallbackMode.inputs, { role: 'style' as const, title: 'Styles', min: 1, max: 3 }],
  }
  const withBase = { ...bare, slots: [{ ...source, role: 'base' as const }] }
  expect(missingOn(style, withBase, open)).toBe('Add a style first')
  expect(missingOn(fallbackMode, withBase, open)).toBeNull()
})

test('a mode that repaints needs a prepared source and something painted', () => {
  const surgeon = {
    ...fallbackMode,
    mask: true,
    inputs: [{ role: 'source' as const, title: 'Source', min: 1, max: 1 }],
  }
  const draft = { ...bare, slots: [source] }
  expect(missingOn(surgeon, draft, open)).toBe('Preparing the image')
  expect(missingOn(surgeon, draft, { prepared: true, painted: 0 })).toBe('Paint what should change')
  expect(missingOn(surgeon, draft, { prepared: true, painted: 0.1 })).toBeNull()
})

test('a mode without an image needs words', () => {
  const tonic = { ...fallbackMode, inputs: [{ role: 'base' as const, title: 'Base', min: 0, max: 1 }] }
  expect(missingOn(tonic, bare, open)).toBe('Describe it first')
  expect(missingOn(tonic, { ...bare, prompt: 'a kiln' }, open)).toBeNull()
})
