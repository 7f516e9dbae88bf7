// @vitest-environment happy-dom
import { expect, test } from 'vitest'
import { providersOf } from './providers.ts'

test.each([
  [{ external: { google: true, github: false, email: true } }, ['google']],
  [{ external: { github: true, google: true } }, ['google', 'github']],
  [{ external: { google: 'true', apple: true } }, []],
  [{ external: null }, []],
  ['<html>', []],
  [null, []],
])('%o offers %o', (settings, offered) => {
  expect(providersOf(settings)).toEqual(offered)
})
