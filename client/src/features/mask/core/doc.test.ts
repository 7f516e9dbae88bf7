import { expect, test } from 'vitest'
import { createMaskDoc, historyLimit } from './doc.ts'
import type { MaskChange } from './doc.ts'
import { createRaster, fillRect } from './raster.ts'
import type { Raster } from './raster.ts'

function square(left: number, value = 255) {
  return (raster: Raster) => fillRect(raster, { x: left, y: 0 }, { x: left + 1, y: 1 }, value)
}

test('a stroke is one step back however many moves it took', () => {
  const doc = createMaskDoc(createRaster(10, 1))
  doc.paint(square(1))
  doc.paint(square(2))
  doc.commit()
  expect(doc.facts()).toMatchObject({ coverage: 0.2, canUndo: true, canRedo: false })
  doc.undo()
  expect(doc.facts()).toMatchObject({ coverage: 0, canUndo: false, canRedo: true })
  doc.redo()
  expect(doc.facts().coverage).toBe(0.2)
})

test('a hundred strokes can be taken back, and what is painted anew ends what lay ahead', () => {
  const doc = createMaskDoc(createRaster(200, 1))
  for (let i = 0; i < 100; i += 1) {
    doc.paint(square(i))
    doc.commit()
  }
  for (let i = 0; i < 99; i += 1) doc.undo()
  expect(doc.facts().coverage).toBeCloseTo(1 / 200)
  doc.paint(square(150))
  doc.commit()
  expect(doc.facts().canRedo).toBe(false)
  expect(historyLimit).toBeGreaterThanOrEqual(50)
})

test('softness is part of the past, and one drag of a slider is one step', () => {
  const doc = createMaskDoc(createRaster(4, 1), { grow: 8, feather: 16 })
  for (let grow = 9; grow <= 20; grow += 1) doc.soften({ grow }, 1_000 + grow)
  doc.soften({ feather: 4 }, 9_000)
  doc.undo()
  expect(doc.facts()).toMatchObject({ grow: 20, feather: 16 })
  doc.undo()
  expect(doc.facts()).toMatchObject({ grow: 8, feather: 16, canUndo: false })
})

test('a stroke that is taken back before its end leaves no step', () => {
  const doc = createMaskDoc(createRaster(10, 1))
  doc.paint(square(3))
  doc.rollBack()
  expect(doc.facts()).toMatchObject({ coverage: 0, canUndo: false })
  doc.paint(square(3))
  doc.paint(square(3, 0))
  doc.commit()
  expect(doc.facts().canUndo).toBe(false)
})

test('listeners hear the rectangle that changed', () => {
  const doc = createMaskDoc(createRaster(10, 2))
  const heard: MaskChange[] = []
  const unlisten = doc.listen((change) => heard.push(change))
  doc.paint(square(4))
  unlisten()
  doc.commit()
  expect(heard).toEqual([{ rect: { left: 4, top: 0, right: 5, bottom: 1 }, softness: false, live: true, step: false }])
})

test('each step to take back is told once, however many moves it took', () => {
  const doc = createMaskDoc(createRaster(10, 1))
  let steps = 0
  doc.listen(({ step }) => (steps += step ? 1 : 0))
  doc.paint(square(1))
  doc.paint(square(2))
  doc.commit()
  doc.soften({ grow: 9 }, 1_000)
  doc.soften({ grow: 10 }, 1_100)
  doc.undo()
  expect(steps).toBe(2)
})
