import { expect, it } from 'vitest'
import { dateOf, daysOf, readSearch, searchKey, toFilter } from './filters.ts'

const now = new Date(2026, 10, 23, 15, 30).getTime()

it('an address is read back as it was written', () => {
  const search = { text: 'a cat', mode: 'remix', date: '7d', favourite: true as const, style: 'none' }

  expect(readSearch(search)).toEqual(search)
  expect(readSearch({ ...search, favourite: 'true' })).toEqual(search)
})

it('what makes no sense is dropped, the rest is kept', () => {
  const search = { text: '  ', mode: 'a b', date: '2026-13-01', favourite: 'no', style: 7, more: 1 }

  expect(readSearch({ ...search, mode: 'style' })).toEqual({ mode: 'style' })
})

it('a number typed as search is text, and a search has an end', () => {
  expect(readSearch({ text: 8_812 })).toEqual({ text: '8812' })
  expect(readSearch({ text: 'x'.repeat(300) }).text).toHaveLength(200)
})

it('an address that holds what no search can is read as what is left of it', () => {
  expect(readSearch({ text: 'a\0b\uD83D' })).toEqual({ text: 'a b' })
  expect(readSearch({ text: '\0' })).toEqual({})
  expect(readSearch({ text: `${'x'.repeat(199)}🐱` }).text).toBe('x'.repeat(199))
  expect(toFilter({ date: '0002-11-01..9999-12-31' }, now)).toEqual({
    from: new Date(1970, 10, 1).toISOString(),
    to: new Date(9000, 11, 32).toISOString(),
  })
})

it('presets and days are those of this device', () => {
  expect(toFilter({ date: 'today' }, now)).toEqual({ from: new Date(2026, 10, 23).toISOString() })
  expect(toFilter({ date: '7d' }, now)).toEqual({ from: new Date(2026, 10, 17).toISOString() })
  expect(toFilter({ date: '2026-11-01..2026-11-02' }, now)).toEqual({
    from: new Date(2026, 10, 1).toISOString(),
    to: new Date(2026, 10, 3).toISOString(),
  })
  expect(toFilter({ date: '2026-11-01' }, now)).toEqual({ from: new Date(2026, 10, 1).toISOString() })
})

it('two date fields make a range and back, with one of them empty too', () => {
  for (const range of [
    { from: '2026-11-01', to: '' },
    { from: '2026-11-01', to: '2026-11-09' },
  ]) {
    expect(daysOf(dateOf(range))).toEqual(range)
  }
  expect(readSearch({ date: dateOf({ from: '', to: '2026-11-09' }) }).date).toBe('1970-01-01..2026-11-09')
  expect(dateOf({ from: '', to: '' })).toBeUndefined()
})

it('the same filters have one name in any order', () => {
  expect(searchKey({ mode: 'remix', text: 'a' })).toBe(searchKey({ text: 'a', mode: 'remix' }))
  expect(searchKey({ text: 'a' })).not.toBe(searchKey({ mode: 'a' }))
})
