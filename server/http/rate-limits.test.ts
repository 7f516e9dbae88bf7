import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createRateLimits } from './rate-limits.ts'
import { createSharedRates } from './shared-rates.ts'

const settings = { accountMutations: 5, addressMutations: 5, addressQueries: 2 }
const secret = 'a secret of the tests'
const now = () => 1_000_000
const call = { mutation: true, address: '203.0.113.9', account: 'a' }
type Calls = readonly { key: string; cap: number }[]

/** Counts as the database does, for every server that asks it. */
function countingDatabase() {
  const used = new Map<string, number>()
  const asked: Calls[] = []
  return {
    used,
    asked,
    spendRate(calls: Calls): Promise<number[]> {
      asked.push(calls)
      return Promise.resolve(
        calls.map(({ key, cap }) => {
          const count = used.get(key) ?? 0
          if (count >= cap) return 17
          used.set(key, count + 1)
          return count + 1 - cap
        }),
      )
    },
  }
}

/** As long as calls that nobody waits for are gathered. */
const gathered = () => vi.advanceTimersByTimeAsync(25)

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }))
afterEach(() => void vi.useRealTimers())

const passed = (ends: PromiseSettledResult<unknown>[]) => ends.filter((end) => end.status === 'fulfilled').length

it('a flood stops at the server it meets, before the database', async () => {
  const database = countingDatabase()
  const rates = createRateLimits(settings, { database, secret, now })

  const ends = await Promise.allSettled(Array.from({ length: 20 }, () => rates.spend(call)))

  expect(passed(ends)).toBe(5)
  expect(database.asked.flat().length).toBeLessThanOrEqual(10)
})

it('queries are counted in this process alone, mutations by network and account without naming the network', async () => {
  const { asked, ...database } = countingDatabase()
  const rates = createRateLimits(settings, { database, secret, now })

  await rates.spend({ ...call, mutation: false })
  await rates.spend(call)
  await rates.spend({ ...call, address: null, account: null })
  await gathered()

  const names = asked.flat().map(({ key }) => key)
  expect(names).toEqual([
    expect.stringMatching(/^network:[0-9a-f]{32}$/),
    'account:a',
    expect.stringMatching(/^network:/),
  ])
  expect(names.join()).not.toContain('203')
})

it('a key far from its cap is not waited for; one that is near is, and a refusal is remembered', async () => {
  const database = countingDatabase()
  const slow: (() => void)[] = []
  const held = {
    spendRate: async (calls: Calls) => (await new Promise<void>((go) => slow.push(go)), database.spendRate(calls)),
  }
  const count = createSharedRates({ database: held, windowS: 60, now })
  const keys = [{ key: 'k', cap: 2 }]
  const settle = async (): Promise<void> => {
    await gathered()
    slow.shift()?.()
    await new Promise((done) => setImmediate(done))
  }

  await count(keys)
  await settle()
  const second = count(keys)
  await settle()
  await second
  const third = expect(count(keys)).rejects.toMatchObject({ code: 'RATE_LIMITED', data: { retry_after_s: 17 } })
  await settle()

  await third
  await expect(count(keys)).rejects.toMatchObject({ code: 'RATE_LIMITED' })
  expect(database.asked).toHaveLength(3)
})

it('servers together let through the cap and at most four calls of each server more', async () => {
  const database = countingDatabase()
  const servers = Array.from({ length: 3 }, () => createSharedRates({ database, windowS: 60, now }))

  const ends = await Promise.allSettled(
    Array.from({ length: 200 }, (_, index) => servers[index % 3]?.([{ key: 'k', cap: 30 }]) ?? Promise.resolve()),
  )

  expect(passed(ends)).toBeGreaterThanOrEqual(30)
  expect(passed(ends)).toBeLessThanOrEqual(30 + 3 * 4)
})

it('calls that meet go to the database as one', async () => {
  const database = countingDatabase()
  const count = createSharedRates({ database, windowS: 60, now })

  await Promise.all(Array.from({ length: 20 }, (_, index) => count([{ key: `k${index % 2}`, cap: 100 }])))
  await gathered()

  expect(database.asked.length).toBeLessThan(3)
  expect([...database.used.values()]).toEqual([10, 10])
})
