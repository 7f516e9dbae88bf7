// @vitest-environment happy-dom
import { expect, test } from 'vitest'
import { authProblem } from './problems.ts'

test('codes of the auth service become sentences of ours', () => {
  expect(authProblem({ code: 'invalid_credentials', status: 400 })).toBe('wrong')
  expect(authProblem({ code: 'email_exists', status: 422 })).toBe('taken')
  expect(authProblem({ code: 'weak_password', status: 422 })).toBe('weak')
  expect(authProblem({ code: 'over_request_rate_limit', status: 429 })).toBe('too-many')
})

test('an answer without a code goes by its status, and no answer is an outage', () => {
  expect(authProblem({ code: undefined, status: 429 })).toBe('too-many')
  expect(authProblem({ code: undefined, status: undefined })).toBe('unreachable')
  expect(authProblem({ code: undefined, status: 503 })).toBe('unreachable')
})
