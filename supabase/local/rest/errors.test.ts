import { expect, test } from 'vitest'

import { refusalOfConnection, statusOf } from './errors.ts'

test.each([
  ['P0001', 400],
  ['23505', 409],
  ['23503', 409],
  ['23502', 400],
  ['22P02', 400],
  ['25006', 405],
  ['28000', 403],
  ['40001', 500],
  ['40P01', 500],
  ['42883', 404],
  ['42P01', 404],
  ['53300', 503],
  ['53400', 500],
  ['57014', 500],
  ['57P01', 503],
  ['P0002', 500],
  ['PT402', 402],
  ['PT999', 400],
  ['XX000', 500],
])('SQLSTATE %s answers %i', (code, status) => {
  expect(statusOf(code, '', 'authenticated')).toBe(status)
})

test('a missing privilege asks anon to sign in and refuses others', () => {
  expect(statusOf('42501', '', 'anon')).toBe(401)
  expect(statusOf('42501', '', 'authenticated')).toBe(403)
})

test('a role that does not exist is a bad token', () => {
  expect(statusOf('22023', 'role "x" does not exist', 'x')).toBe(401)
  expect(statusOf('22023', 'invalid value', 'anon')).toBe(400)
})

test('a lost database is told from a fault of ours', () => {
  const lost = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })

  expect(refusalOfConnection(lost)?.status).toBe(503)
  expect(refusalOfConnection(new Error('timeout exceeded when trying to connect'))?.status).toBe(504)
  expect(refusalOfConnection(new TypeError('x is not a function'))).toBeNull()
})
