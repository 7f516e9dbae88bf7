import { expect, test } from 'vitest'
import { clampZoom, fitScale, zoomTo } from './zoom.ts'

const picture = { width: 1_200, height: 800 }
const frame = { width: 600, height: 600 }

test('all of a picture is seen at the scale of its tighter side', () => {
  expect(fitScale(picture, frame)).toBe(0.5)
})

test('what lies under the pointer stays under it', () => {
  const before = { scale: 1, x: 20, y: -30 }
  const at = { x: 100, y: 50 }
  const after = zoomTo(before, 2, at, { picture, frame })

  expect((at.x - after.x) / after.scale).toBeCloseTo((at.x - before.x) / before.scale)
  expect((at.y - after.y) / after.scale).toBeCloseTo((at.y - before.y) / before.scale)
})

test('a picture is dragged no further than its edges, and lies in the middle while all of it is seen', () => {
  expect(clampZoom({ scale: 1, x: 9_999, y: -9_999 }, picture, frame)).toEqual({ scale: 1, x: 300, y: -100 })
  expect(clampZoom({ scale: 0.01, x: 40, y: 40 }, picture, frame)).toEqual({ scale: 0.5, x: 0, y: 0 })
})

test('a picture smaller than the frame can still be seen at its own size', () => {
  const small = { width: 200, height: 100 }

  expect(clampZoom({ scale: 1, x: 0, y: 0 }, small, frame).scale).toBe(1)
  expect(clampZoom({ scale: 99, x: 0, y: 0 }, small, frame).scale).toBe(16)
})
