import { expect, it } from 'vitest'
import { moveTo } from './moves.ts'
import type { Row } from './rows.ts'

// 0: [ 300 ][ 300 ][ 300 ]   1: [ 600 ][ 300 ]   2: [ 150 ][ 150 ][ 600 ]   3: [ 900 ]
const rows: Row[] = [
  { start: 0, end: 3, top: 0, height: 200, widths: [300, 300, 300] },
  { start: 3, end: 5, top: 202, height: 200, widths: [600, 300] },
  { start: 5, end: 8, top: 404, height: 200, widths: [150, 150, 600] },
  { start: 8, end: 9, top: 606, height: 200, widths: [900] },
]
const go = (key: string, from: number, page = 400) => moveTo(rows, 0, { key, from, page })

it('left and right follow the order across rows and stop at the ends', () => {
  expect([go('ArrowRight', 2), go('ArrowLeft', 3), go('ArrowLeft', 0), go('ArrowRight', 8)]).toEqual([3, 2, null, null])
})

it('up and down go to the cell that lies nearest', () => {
  expect([go('ArrowDown', 0), go('ArrowDown', 2), go('ArrowDown', 4), go('ArrowUp', 7)]).toEqual([3, 4, 7, 4])
  expect([go('ArrowUp', 1), go('ArrowDown', 8)]).toEqual([null, null])
})

it('Home and End are the first and the last image', () => {
  expect([go('Home', 5), go('End', 5), go('End', 8)]).toEqual([0, 8, null])
})

it('a page goes by height, at least a row and never beyond', () => {
  expect([go('PageDown', 0), go('PageDown', 5), go('PageUp', 8), go('PageUp', 4), go('PageDown', 0, 10)]).toEqual([
    5, 8, 3, 2, 3,
  ])
})

it('other keys lead nowhere', () => {
  expect([go('a', 1), moveTo([], 0, { key: 'End', from: 0, page: 1 })]).toEqual([null, null])
})
