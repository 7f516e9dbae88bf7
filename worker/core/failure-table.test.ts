import { expect, it } from 'vitest'
import { failureTable, type FailureRule } from './failure-table.ts'

/** Those of a box: a provider closes its own door, or marks the job as not for it. */
const rules = Object.entries<FailureRule>(failureTable).filter(([fault]) => !fault.startsWith('provider-'))

it('A20 hands a job back unburned only where this box will not take it again at once', () => {
  // Who hands a job back because of its inputs is held back by the database, and another box is asked first.
  const unburned = rules.filter(([, rule]) => !rule.burns && rule.retry !== 'here' && rule.code !== 'INPUT_UNREADABLE')

  expect(unburned.map(([, rule]) => rule.remedy)).toEqual(
    unburned.map(() => expect.stringMatching(/^(strike-template|wait-for-space)$/)),
  )
})

it('tells an input that is gone from a storage that is away', () => {
  expect(failureTable['input-gone']).toMatchObject({ retry: 'never', code: 'INPUT_GONE' })
  for (const fault of ['input-away', 'input-refused'] as const)
    expect(failureTable[fault]).toMatchObject({ retry: 'elsewhere', burns: false })
})

it('A15 tries nothing again that would fail everywhere, and nothing here that this box cannot', () => {
  const of = (code: string) => rules.filter(([, rule]) => rule.code === code).map(([, rule]) => rule.retry)

  expect(new Set(of('OUTPUT_EMPTY'))).toEqual(new Set(['never']))
  expect(failureTable['model-missing'].retry).toBe('elsewhere')
  expect(failureTable['graph-invalid'].retry).toBe('never')
})
