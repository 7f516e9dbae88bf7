import { expect, test } from 'vitest'
import { makeImage } from '#client/testing/images.ts'
import { carryOver, drawSeed, emptyDraft, modeDraft, parseSeed, parseSlider, withMode } from './draft.ts'

test('a seed is digits below 2^64, without leading zeros', () => {
  expect(parseSeed(' 8812 ')).toBe('8812')
  expect(parseSeed('0007')).toBe('7')
  expect(parseSeed('18446744073709551615')).toBe('18446744073709551615')
  expect(parseSeed('18446744073709551616')).toBeNull()
  expect(parseSeed('-1')).toBeNull()
  expect(parseSeed('1e3')).toBeNull()
  expect(parseSeed('')).toBeNull()
})

test('a drawn seed is one that parses', () => {
  expect(drawSeed(() => 0)).toBe('0')
  expect(parseSeed(drawSeed(() => 0.999_999_999_9))).not.toBeNull()
})

test('a slider field clamps numbers and ignores the rest', () => {
  expect(parseSlider('62')).toBe(62)
  expect(parseSlider('900')).toBe(100)
  expect(parseSlider('')).toBeNull()
  expect(parseSlider('1.5')).toBeNull()
})

test('a field of a signed slider takes a sign', () => {
  expect(parseSlider('+4', { min: -64, max: 64 })).toBe(4)
  expect(parseSlider('−90', { min: -64, max: 64 })).toBe(-64)
})

test('a mode opened for the first time starts with what fits, one with a draft keeps its own', () => {
  const base = { role: 'base' as const, weight: 1, image: makeImage({ key: 'photo' }) }
  const style = { role: 'style' as const, weight: 0.4, image: makeImage({ key: 'look' }) }
  const before = withMode(
    emptyDraft(() => 0),
    'style',
    { slots: [base, style], prompt: 'dusk' },
  )
  const mashup = {
    key: 'mashup',
    mask: false,
    inputs: [
      { role: 'composition' as const, min: 1, max: 1 },
      { role: 'style' as const, min: 1, max: 3 },
    ],
  }
  const carried = carryOver(before, 'style', mashup)
  expect(modeDraft(carried, 'mashup').slots).toEqual([{ ...base, role: 'composition' }, style])
  expect(modeDraft(carried, 'mashup').prompt).toBe('dusk')
  expect(carryOver(withMode(before, 'mashup', { prompt: 'mine' }), 'style', mashup).modes['mashup']?.slots).toEqual([])

  const surgeon = { key: 'inpaint', mask: true, inputs: [{ role: 'source' as const, min: 1, max: 1 }] }
  expect(modeDraft(carryOver(before, 'style', surgeon), 'inpaint')).toMatchObject({
    slots: [{ role: 'source', image: { key: 'photo' } }],
    prompt: '',
  })
  const tonic = { key: 'tonic', mask: false, inputs: [{ role: 'base' as const, min: 0, max: 1 }] }
  expect(modeDraft(carryOver(before, 'style', tonic), 'tonic')).toMatchObject({ slots: [], prompt: 'dusk' })
})
