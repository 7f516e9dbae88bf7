import { expect, test } from 'vitest'
import { chooseMode } from './choose-mode.ts'
import { fallbackMode } from './fallback-mode.ts'

const remix = fallbackMode
const blend = { ...fallbackMode, key: 'blend' }

test('the mode of the address is taken while it is available', () => {
  expect(chooseMode([remix, blend], 'blend')).toBe(blend)
  expect(chooseMode([remix, { ...blend, available: false }], 'blend')).toBe(remix)
  expect(chooseMode([remix, blend], 'gone')).toBe(remix)
})

test('remix comes first, whatever the list says, unless it cannot run here', () => {
  expect(chooseMode([blend, remix], null)).toBe(remix)
  expect(chooseMode([{ ...remix, available: false }, blend], null)).toBe(blend)
  expect(chooseMode([{ ...blend, available: false }], null)?.key).toBe('blend')
  expect(chooseMode([], null)).toBeNull()
})
