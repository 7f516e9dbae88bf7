import { expect, it } from 'vitest'
import { failureTable, type FailureRule } from './failure-table.ts'

/** Those of a box: a provider closes its own door, or marks the job as not for it. */
const rules = Object.entries<FailureRule>(failureTable).filter(([fault]) => !fault.startsWith('provider-'))

it('A20 hands a job back unburned only where this box will not take it again at once', () => {
  const unburned = rules.filter(([, rule]) => !rule.burns && rule.retry !== 'here')

  expect(unburned.map(([, rule]) => rule.remedy)).toEqual(
    unburned.map(() => expect.stringMatching(/^(strike-template|wait-for-space)$/)),
  )
})

it('A15 tries nothing again that would fail everywhere, and nothing here that this box cannot', () => {
  const of = (code: string) => rules.filter(([, rule]) => rule.code === code).map(([, rule]) => rule.retry)

  expect(new Set(of('OUTPUT_EMPTY'))).toEqual(new Set(['never']))
  expect(failureTable['model-missing'].retry).toBe('elsewhere')
  expect(failureTable['graph-invalid'].retry).toBe('never')
})
