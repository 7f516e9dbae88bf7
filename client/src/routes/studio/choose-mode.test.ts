import { expect, test } from 'vitest'
import { chooseMode, orderModes } from './choose-mode.ts'
import { fallbackMode } from './fallback-modes.ts'

const remix = fallbackMode
const style = { ...fallbackMode, key: 'style' }
const blend = { ...fallbackMode, key: 'blend' }

test('the mode of the address is taken, also while it cannot run', () => {
  expect(chooseMode([remix, blend], 'blend')).toBe(blend)
  const asleep = { ...blend, available: false }
  expect(chooseMode([remix, asleep], 'blend')).toBe(asleep)
  expect(chooseMode([remix, blend], 'gone')).toBe(remix)
})

test('remix comes first, whatever the list says, unless it cannot run here', () => {
  expect(chooseMode([style, remix], null)).toBe(remix)
  expect(chooseMode([{ ...remix, available: false }, style], null)).toBe(style)
  expect(chooseMode([{ ...style, available: false }], null)?.key).toBe('style')
  expect(chooseMode([], null)).toBeNull()
})

test('tabs stand in one order; modes nobody foresaw come last', () => {
  expect(orderModes([blend, remix, style]).map((mode) => mode.key)).toEqual(['style', 'remix', 'blend'])
})
