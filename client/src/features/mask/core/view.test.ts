import { expect, test } from 'vitest'
import { fitted, panBy, toPicture, zoomAt, zoomOf } from './view.ts'

const frame = { width: 400, height: 300 }
const picture = { width: 1_200, height: 900 }

test('zooming keeps what is under the pointer there', () => {
  const at = { x: 123, y: 77 }
  const before = toPicture(at, fitted, frame, picture)
  const zoomed = zoomAt(fitted, 3, at, frame)
  const after = toPicture(at, zoomed, frame, picture)
  expect(after.x).toBeCloseTo(before.x)
  expect(after.y).toBeCloseTo(before.y)
  expect(zoomOf(zoomed, frame, picture)).toBeCloseTo(1)
})

test('the picture never leaves its frame, and cannot be smaller than it', () => {
  const zoomed = zoomAt(fitted, 2, { x: 0, y: 0 }, frame)
  expect(panBy(zoomed, { x: 500, y: 500 }, frame)).toMatchObject({ x: 0, y: 0 })
  expect(panBy(zoomed, { x: -5_000, y: -5_000 }, frame)).toMatchObject({ x: -400, y: -300 })
  expect(zoomAt(zoomed, 0.01, { x: 10, y: 10 }, frame)).toEqual(fitted)
})
