import { expect, test } from 'vitest'
import { makeImage } from '#client/testing/images.ts'
import { changeOf } from './change.ts'
import { emptyDraft, modeDraft } from './draft.ts'

const draft = modeDraft(
  emptyDraft(() => 0),
  'remix',
)
const slot = { role: 'style' as const, weight: 1, image: makeImage() }

test('only what is really another value is a step', () => {
  expect(changeOf(draft, { creativity: draft.creativity, chaos: 80 })).toEqual({
    before: { chaos: draft.chaos },
    after: { chaos: 80 },
    merge: 'chaos',
  })
  expect(changeOf(draft, { prompt: draft.prompt })).toBeNull()
  expect(changeOf(draft, { last: { creativity: 1, chaos: 1 } })).toBeNull()
})

test('several settings at once are a step of their own', () => {
  expect(changeOf(draft, { creativity: 1, chaos: 2 })?.merge).toBeNull()
})

test('dragging a strength is one step, other images are another', () => {
  const held = { ...draft, slots: [slot] }
  expect(changeOf(held, { slots: [{ ...slot, weight: 0.5 }] })?.merge).toBe('weights')
  expect(changeOf(held, { slots: [] })?.merge).toBeNull()
})
