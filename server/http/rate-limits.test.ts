import { expect, it } from 'vitest'
import { createRateLimits } from './rate-limits.ts'

const settings = { accountMutations: 5, addressMutations: 5, addressQueries: 2 }
const secret = 'a secret of the tests'
const call = { mutation: true, address: '203.0.113.9', account: 'a' }

it('a flood stops at the server it meets, before the database', async () => {
  let asked = 0
  const database = { spendRate: () => Promise.resolve([(asked += 1) && 0]) }
  const rates = createRateLimits(settings, { database, secret })

  const ends = await Promise.allSettled(Array.from({ length: 20 }, () => rates.spend(call)))

  expect(ends.filter((end) => end.status === 'fulfilled')).toHaveLength(5)
  expect(asked).toBe(5)
})

it('queries are counted in this process alone, mutations by network and account without naming the network', async () => {
  const asked: string[] = []
  const spendRate = (calls: readonly { key: string }[]) => {
    asked.push(...calls.map(({ key }) => key))
    return Promise.resolve(calls.map(() => 0))
  }
  const rates = createRateLimits(settings, { database: { spendRate }, secret })

  await rates.spend({ ...call, mutation: false })
  await rates.spend(call)
  await rates.spend({ ...call, address: null, account: null })

  expect(asked).toEqual([
    expect.stringMatching(/^network:[0-9a-f]{32}$/),
    'account:a',
    expect.stringMatching(/^network:/),
  ])
  expect(asked.join()).not.toContain('203')
})

it('the longest wait is told', async () => {
  const rates = createRateLimits(settings, { database: { spendRate: () => Promise.resolve([0, 17]) }, secret })

  await expect(rates.spend(call)).rejects.toMatchObject({ code: 'RATE_LIMITED', data: { retry_after_s: 17 } })
})
