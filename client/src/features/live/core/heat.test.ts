import { expect, test } from 'vitest'
import { heatCells, heatColour } from './heat.ts'

test('the ramp runs from dull red to white heat and stays inside', () => {
  expect(heatColour(0)).toBe('#5a2016')
  expect(heatColour(0.5)).toBe('#ff6b1f')
  expect(heatColour(1)).toBe('#ffe9c7')
  expect(heatColour(7)).toBe('#ffe9c7')
})

test('there is one cell a step, and the next one is being struck', () => {
  const cells = heatCells(14, 28, true)

  expect(cells).toHaveLength(28)
  expect(cells.filter((cell) => cell.state === 'on')).toHaveLength(14)
  expect(cells[14]?.state).toBe('now')
  expect(heatCells(28, 28, true).every((cell) => cell.state === 'on')).toBe(true)
})
