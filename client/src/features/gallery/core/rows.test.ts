import { describe, expect, it } from 'vitest'
import { heightOfAll, layRows, rowAt, rowOf } from './rows.ts'
import type { Row } from './rows.ts'

const size = { width: 1_000, target: 200, gap: 2 }
const square = { width: 10, height: 10 }
const wide = { width: 16, height: 9 }
const tall = { width: 9, height: 16 }
const mixed = Array.from({ length: 500 }, (_, index) => [square, wide, tall][index % 3] ?? square)

function widthOf(row: Row): number {
  return row.widths.reduce((sum, width) => sum + width, 0) + size.gap * (row.widths.length - 1)
}

describe('justified rows', () => {
  const rows = layRows(mixed, size)

  it('hold every cell once and in order', () => {
    expect(rows.flatMap(({ start, end }) => Array.from({ length: end - start }, (_, at) => start + at))).toEqual(
      mixed.map((_, index) => index),
    )
  })

  it('are as wide as the wall to the pixel, and near the wished height', () => {
    for (const row of rows.slice(0, -1)) {
      expect(widthOf(row)).toBe(1_000)
      expect(Math.abs(row.height - 200)).toBeLessThan(70)
    }
  })

  it('lie under each other with the gap between them', () => {
    for (const [index, row] of rows.entries()) {
      const above = rows[index - 1]
      expect(row.top).toBe(above ? above.top + above.height + 2 : 0)
    }
    expect(heightOfAll(rows)).toBe((rows.at(-1)?.top ?? 0) + (rows.at(-1)?.height ?? 0))
  })

  it('do not blow up the few cells of the last one', () => {
    const [row] = layRows([square], size)

    expect(row).toMatchObject({ height: 200, widths: [200] })
  })

  it('crop what is far too long', () => {
    const [row] = layRows([{ width: 8_000, height: 100 }], { ...size, width: 300 })

    expect(row?.height).toBeGreaterThan(100)
  })

  it('stay as they were above a cell that was taken out', () => {
    const without = layRows(mixed.toSpliced(300, 1), size)
    const changed = rowOf(rows, 300)

    expect(without.slice(0, changed - 1)).toEqual(rows.slice(0, changed - 1))
  })

  it('of nothing are none', () => {
    expect(layRows([], size)).toEqual([])
    expect(rowAt([], 50)).toBe(-1)
  })

  it('are found by cell and by place', () => {
    const row = rows[40]
    if (!row) throw new Error('no row')

    expect([rowOf(rows, row.start), rowOf(rows, row.end - 1), rowOf(rows, 500)]).toEqual([40, 40, -1])
    expect([rowAt(rows, row.top), rowAt(rows, row.top + row.height - 1), rowAt(rows, 1e9)]).toEqual([
      40,
      40,
      rows.length - 1,
    ])
  })
})

it('laying out ten thousand cells looks at each a few times only', () => {
  let looks = 0
  const counted = {
    ...square,
    get width() {
      looks += 1
      return square.width
    },
  }
  layRows(
    Array.from({ length: 10_000 }, () => counted),
    size,
  )

  expect(looks).toBeLessThanOrEqual(3 * 10_000)
})
