import { expect, test } from 'vitest'
import { cropPixels, isWhole, moved, resized, shaped, whole } from './crop.ts'

const image = { width: 400, height: 200 }

test('a crop is moved within its image and no further', () => {
  const crop = { x: 0.5, y: 0.5, width: 0.25, height: 0.25 }
  expect(moved(crop, 0.1, -0.1)).toEqual({ ...crop, x: 0.6, y: 0.4 })
  expect(moved(crop, 9, -9)).toEqual({ ...crop, x: 0.75, y: 0 })
})

test('a shape is laid around the middle, as large as fits', () => {
  expect(shaped(whole, 1, image)).toEqual({ x: 0.25, y: 0, width: 0.5, height: 1 })
  expect(cropPixels(shaped(whole, 4, image), image)).toEqual({ x: 0, y: 50, width: 400, height: 100 })
})

test('a corner is dragged while the one across from it stays', () => {
  const free = { aspect: null, image }
  expect(resized(whole, 'se', { x: -0.5, y: -0.25 }, free)).toEqual({ x: 0, y: 0, width: 0.5, height: 0.75 })
  expect(resized(whole, 'nw', { x: 0.25, y: 0.5 }, free)).toEqual({ x: 0.25, y: 0.5, width: 0.75, height: 0.5 })
  expect(resized(whole, 'se', { x: 5, y: 5 }, free)).toEqual(whole)
  expect(resized(whole, 'se', { x: -5, y: -5 }, free).width).toBeGreaterThan(0)
})

test('a kept shape stays the same whichever way a corner is dragged', () => {
  const square = shaped(whole, 1, image)
  const smaller = resized(square, 'ne', { x: -0.2, y: 0.4 }, { aspect: 1, image })
  const { width, height } = cropPixels(smaller, image)
  expect(width).toBe(height)
  expect(smaller.y + smaller.height).toBeCloseTo(1)
})

test('all of an image is told from a part', () => {
  expect(isWhole(whole)).toBe(true)
  expect(isWhole({ ...whole, width: 0.99 })).toBe(false)
})
