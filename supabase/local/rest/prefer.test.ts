import { expect, test } from 'vitest'

import { ApiError } from '../http.ts'
import { formOf, preferencesOf } from './prefer.ts'

test('known preferences are read, idle ones accepted', () => {
  expect(preferencesOf(null).count).toBe(false)
  expect(preferencesOf('handling=lenient, count=exact').count).toBe(true)
  // What the client sends with `rpc(…).select(…)`.
  expect(preferencesOf('count=exact,return=representation').count).toBe(true)
})

test.each([
  'count=planned',
  'tx=rollback',
  'max-affected=1',
  'handling=strict',
  'params=single-object',
  'resolution=merge-duplicates',
  'missing=default',
])('the preference %s is refused, since it would change the answer', (text) => {
  expect(() => preferencesOf(text)).toThrow(ApiError)
})

test('the form follows Accept', () => {
  const form = (accept?: string): string => formOf(new Headers(accept === undefined ? {} : { accept }), true)

  expect(form()).toBe('rows')
  expect(form('*/*')).toBe('rows')
  expect(form('application/vnd.pgrst.object+json')).toBe('object')
  expect(() => form('text/csv')).toThrow(ApiError)
  expect(() => form('application/vnd.pgrst.object+json;nulls=stripped')).toThrow(ApiError)
})

test('only the schema public is exposed', () => {
  expect(() => formOf(new Headers({ 'accept-profile': 'auth' }), true)).toThrow(ApiError)
  expect(() => formOf(new Headers({ 'content-profile': 'private' }), false)).toThrow(ApiError)
  expect(formOf(new Headers({ 'accept-profile': 'public' }), true)).toBe('rows')
})
