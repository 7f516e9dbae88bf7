import { describe, expect, it } from 'vitest'
import { checkFailures, checkLogs, checkTold, type Ended } from './check.ts'
import type { Pressed } from './load.ts'
import { planOf } from './plan.ts'

const plan = planOf(1, { only: ['engine-empty'] })
const [press] = plan.presses

function pressed(change: Partial<Pressed>): Pressed {
  if (press === undefined) throw new Error('a plan has presses')
  return { press, answers: [['a']], settled: true, canceled: null, ...change }
}

const row = (change: Partial<Ended> = {}): Ended => ({
  id: 'a',
  owner: 'me',
  status: 'succeeded',
  version: 4,
  code: null,
  ...change,
})

const offencesOf = (told: Partial<Pressed>, rows: Ended[]) =>
  checkTold([pressed(told)], rows, ['SPEND_CAP_REACHED']).map(({ offence }) => offence)

describe('what people were told', () => {
  it('stands: nothing to say', () => {
    expect(offencesOf({}, [row()])).toEqual([])
    expect(offencesOf({ answers: ['SPEND_CAP_REACHED'] }, [])).toEqual([])
    expect(offencesOf({ canceled: 'a' }, [row({ status: 'canceled' })])).toEqual([])
  })

  it.each<[string, Partial<Pressed>, Ended[], RegExp]>([
    ['a promised job is not there', {}, [], /promised and does not exist/],
    ['a job exists that nobody was told of', {}, [row(), row({ id: 'b' })], /nobody was told/],
    ['one request has two sets of jobs', { answers: [['a'], ['b']] }, [row(), row({ id: 'b' })], /different jobs/],
    ['no answer ever came', { answers: [], settled: false }, [], /never answered/],
    ['a refusal has no cause', { answers: ['PURSE_EMPTY'] }, [], /refused with PURSE_EMPTY/],
    ['an acknowledged cancel went on', { canceled: 'a' }, [row()], /went on/],
  ])('%s', (_what, told, rows, expected) => {
    expect(offencesOf(told, rows).join()).toMatch(expected)
  })
})

it('a job fails only for what a fault of the plan can be', () => {
  expect(checkFailures(plan, [row({ status: 'failed', code: 'OUTPUT_EMPTY' })])).toEqual([])
  expect(checkFailures(plan, [row({ status: 'failed', code: 'INTERNAL' })])).toHaveLength(1)
  expect(checkFailures(plan, [row({ status: 'failed', code: null })])).toHaveLength(1)
})

it('a secret or a token in any line is found and named, never printed', () => {
  const lines = ['all is well', 'key sb_secret_abc', 'GET /x?token=eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJ4In0.s']
  const stack = {
    lines: lines.map((text) => ({ part: 'server', at: 0, text })),
    secrets: { 'the secret key': 'sb_secret_abc' },
  }
  expect(checkLogs(stack).map(({ offence }) => offence)).toEqual([
    'server printed the secret key',
    'server printed a token',
  ])
})
