import { expect, test } from 'vitest'
import { createMaskDoc } from './core/doc.ts'
import { createRaster } from './core/raster.ts'
import { beginStroke } from './stroke.ts'

test('a rectangle follows the hand and is one step', () => {
  const doc = createMaskDoc(createRaster(20, 20))
  const stroke = beginStroke(doc, 'rectangle', { x: 2, y: 2, radius: 5 }, 255)
  stroke.to([{ x: 18, y: 18, radius: 5 }])
  stroke.to([{ x: 6, y: 4, radius: 5 }])
  stroke.end()
  expect(doc.facts().coverage).toBe(8 / 400)
  doc.undo()
  expect(doc.facts()).toMatchObject({ coverage: 0, canUndo: false })
})

test('a second finger takes back what the first had begun', () => {
  const doc = createMaskDoc(createRaster(20, 20))
  const stroke = beginStroke(doc, 'brush', { x: 10, y: 10, radius: 5 }, 255)
  stroke.to([{ x: 15, y: 10, radius: 5 }])
  stroke.cancel()
  expect(doc.raster.bits.every((bit) => bit === 0)).toBe(true)
})
