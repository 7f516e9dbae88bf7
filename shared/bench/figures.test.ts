import { expect, test } from 'vitest'
import { writeFigures } from './figures.ts'
import { type BenchRow, tableHead } from './report.ts'

const readme = `# Figures

${tableHead}
| claim, p50 | 3.00 ms |  | floor: 1.50 ms | 2.00× | 200 | 2026-11-23 |
| frame, p95 | 40.0 ms |  | floor: 4.00 ms | 10.00× | 140 | 2026-11-23 |

The end.
`
const today = { day: '2026-11-24', all: false }
const row: BenchRow = { what: 'claim, p50', value: 1.5, unit: 'ms', peer: 'floor', peerValue: 1.5, samples: 100 }

test('a new figure takes the place of the old one, and the others stay', () => {
  const written = writeFigures(readme, [row], today)

  expect(written).toContain(
    '| claim, p50 | 1.50 ms |  | floor: 1.50 ms | 1.00× | 100 | 2026-11-24 |\n| frame, p95 | 40.0 ms',
  )
  expect(written).not.toContain('2.00×')
  expect(written.endsWith('\n\nThe end.\n')).toBe(true)
})

test('the plot has a bar as long as the power of ten, and is written once', () => {
  const written = writeFigures(writeFigures(readme, [row], today), [{ ...row, what: 'new', value: 0.15 }], today)

  expect(written.match(/```plot/g)).toHaveLength(1)
  expect(written).toMatch(/│██████████ {10} {3}10\.00× {2}frame, p95 ÷ floor/)
  expect(written).toMatch(/ {10}██████████│ {20} {4}0\.10× {2}new ÷ floor/)
})

test('after everything was measured nothing old is left', () => {
  expect(writeFigures(readme, [row], { ...today, all: true })).not.toContain('frame, p95')
})

test('a text without the table is refused', () => {
  expect(() => writeFigures('nothing here', [row], today)).toThrow('no table')
})
