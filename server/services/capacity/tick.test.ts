import { expect, it, vi } from 'vitest'
import { openCapacity } from '#server/testing/memory-boxes.ts'
import { expectNothingLost, liveThrough } from '#server/testing/rented-hours.ts'
import { rentedDay } from '#server/testing/rented-day.ts'
import { tickCapacity } from './tick.ts'

/** A rush of some hours with every failure; the whole day is in `tick.long.test.ts`. */
const rush = [
  { images: 200, faults: ['429', 'stuck'] },
  { images: 600, faults: ['no room', 'no list'] },
  { images: 500, faults: ['vanish', 'no delete'] },
  { images: 60, faults: ['lost', 'blind', 'no status'] },
] as const

it('hours with every failure: all is rendered, nothing leaks, and the rent in the books is what will be billed', async () => {
  const day = rentedDay({ pools: ['serverless', 'pods'], tickMs: 30_000 })
  day.world.settings = { ...openCapacity, capacity_max: 4, capacity_hourly_usd: 4 }
  const sent = await liveThrough(day, rush)
  expectNothingLost(day, sent)
})

it('comes from nothing, serves, and goes back to nothing', async () => {
  const day = rentedDay()
  await day.pass(10)
  expect([day.asked(), day.alive()]).toEqual([0, 0])
  day.queue.jobs = 3
  await day.pass(4)
  expect([day.queue.done, day.alive()]).toEqual([3, 1])
  await day.pass(6)
  expect([day.asked(), day.alive(), day.open()]).toEqual([1, 0, []])
})

it('a process that dies between intent and answer leaks nothing', async () => {
  const day = rentedDay()
  const { ask } = day.deps.capacity.providers[0] ?? { ask: undefined }
  const [provider] = day.deps.capacity.providers
  if (ask === undefined || provider === undefined) throw new Error('no provider')
  let deaths = 0
  provider.ask = async (wish, signal) => {
    const asked = await ask(wish, signal)
    deaths += 1
    if (deaths === 1) throw new Error('killed')
    return asked
  }
  day.queue.jobs = 5
  await day.pass(6)
  const [first] = day.rows
  expect([day.asked(), day.queue.done, first?.remote_id]).toEqual([1, 5, day.standin.boxes.alive()[0]?.id])
  await day.pass(10)
  expect(day.alive()).toBe(0)
})

it('two ticks of one process at once ask once, and none takes a box of the other for nobody’s', async () => {
  const day = rentedDay()
  day.queue.jobs = 500
  const [provider] = day.deps.capacity.providers
  if (provider === undefined) throw new Error('no provider')
  const { list } = provider
  let isSecond = false
  provider.list = async (known, signal) => {
    // The other tick begins while this one waits for the provider.
    if (!isSecond) {
      isSecond = true
      await tickCapacity(day.deps)
    }
    return list(known, signal)
  }
  await day.pass(1)
  expect([day.asked(), day.alive()]).toEqual([3, 3])
})

it('what was looked at for longer than the lease is not acted upon', async () => {
  const day = rentedDay()
  day.queue.jobs = 5
  const clock = vi.spyOn(performance, 'now')
  let at = 0
  clock.mockImplementation(() => (at += 60_000))
  await day.pass(1)
  clock.mockRestore()
  expect(day.asked()).toBe(0)
  await day.pass(1)
  expect(day.asked()).toBe(1)
})

it('a pool whose boxes come unfit is left alone for a while instead of being paid again and again', async () => {
  const day = rentedDay()
  day.queue.jobs = 500
  await day.pass(8)
  for (const row of day.rows) row.unfit = true
  const before = day.asked()
  await day.pass(4)
  expect(day.asked()).toBe(before)
})

it('a box that was made twice under one name is one; the other is removed', async () => {
  const day = rentedDay()
  day.standin.faults.doom('twice')
  day.queue.jobs = 100
  await day.pass(4)
  expect([day.asked(), day.alive()]).toEqual([day.asked(), day.asked()])
})

it('what is listed under our name and nobody knows is removed; what is not ours stays', async () => {
  const day = rentedDay()
  const call = (name: string) =>
    day.standin.app.request('/v2/pods', {
      method: 'POST',
      headers: { authorization: 'Bearer rpa_of_the_tests', 'content-type': 'application/json' },
      body: JSON.stringify({ name, image: 'x:1', gpu: { id: 'NVIDIA L40S' } }),
    })
  await call('forge-test-forgotten')
  await call('somebody-else')
  await day.pass(2)
  expect(day.standin.boxes.alive().map(({ name }) => name)).toEqual(['somebody-else'])
})

it('one pool without room leaves the work to the next', async () => {
  const day = rentedDay({ pools: ['serverless', 'pods'] })
  day.standin.faults.fail('run', 401, { times: 100 })
  day.queue.jobs = 5
  await day.pass(1)
  expect(day.rows.map(({ pool, reason }) => [pool, reason])).toEqual([
    ['serverless', 'refused'],
    ['pods', null],
  ])
  await day.pass(3)
  expect(day.queue.done).toBe(5)
  expect(day.rows.filter(({ pool }) => pool === 'pods')).toHaveLength(1)
})

it('a list that stands still for minutes makes no box lost, none forgotten and none asked for twice', async () => {
  const day = rentedDay()
  day.queue.jobs = 40
  await day.pass(1)
  const before = day.asked()
  day.standin.faults.fail('list', 'stale', { times: 24 })
  await day.pass(6)
  expect([day.alive(), day.open().length]).toEqual([day.asked(), day.asked()])
  expect(day.rows.map(({ reason }) => reason)).toEqual(day.rows.map(() => null))
  await day.pass(30)
  expect([before, day.queue.done, day.alive()]).toEqual([expect.any(Number), 40, 0])
})

it('a create that timed out and shows in no list is given up, asked anew, and removed once it shows', async () => {
  const day = rentedDay()
  day.standin.faults.fail('create', 'lost')
  day.standin.faults.doom('stuck')
  day.standin.faults.fail('list', 'stale', { times: 14 })
  day.queue.jobs = 5
  await day.pass(3)
  const [first] = day.rows
  await day.pass(3)
  expect([first?.state, first?.reason]).toEqual(['gone', 'lost'])
  expect(day.standin.boxes.alive().map(({ name }) => name)).not.toContain(first?.name)
  await day.pass(12)
  expect([day.queue.done, day.alive(), day.open()]).toEqual([5, 0, []])
})

it('a process that dies between its intent and the call has asked for nothing: the row is given up and asked anew', async () => {
  const day = rentedDay()
  const [provider] = day.deps.capacity.providers
  if (provider === undefined) throw new Error('no provider')
  const { ask } = provider
  let deaths = 0
  provider.ask = (wish, signal) => {
    deaths += 1
    return deaths === 1 ? Promise.reject(new Error('killed')) : ask(wish, signal)
  }
  day.queue.jobs = 5
  await day.pass(8)
  expect(day.rows.map(({ reason }) => reason)).toEqual(['lost', null])
  expect([day.queue.done, day.alive()]).toEqual([5, 1])
})

it('a box that its provider does not take back is told once, others come and go, and the alert ends with it', async () => {
  const day = rentedDay()
  day.queue.jobs = 3
  await day.pass(4)
  day.standin.faults.fail('delete', 500, { times: 40 })
  await day.pass(8)
  const told = [...day.removals]
  const [stuck] = day.rows
  day.queue.jobs = 3
  await day.pass(4)
  expect(told).toEqual([[stuck?.name, expect.stringContaining('500')]])
  expect([stuck?.state, day.queue.done]).toEqual(['draining', 6])
  await day.pass(20)
  expect([day.alive(), day.open(), [...day.removals]]).toEqual([0, [], []])
})

it('a box that no row knows and that is not taken back is told of, until it is gone without us', async () => {
  const day = rentedDay()
  const [provider] = day.deps.capacity.providers
  if (provider === undefined) throw new Error('no provider')
  const { list } = provider
  const stray = { id: 'stray', name: 'forge-test-stray', status: 'running' as const, usdPerHour: 0.7 }
  provider.list = async (known, signal) => [...(await list(known, signal)), stray]
  day.standin.faults.fail('delete', 500, { times: 40 })
  await day.pass(8)
  expect([...day.removals.keys()]).toEqual(['stray'])
  provider.list = () => Promise.reject(new Error('no answer'))
  await day.pass(2)
  expect([...day.removals.keys()]).toEqual(['stray'])
  provider.list = list
  await day.pass(2)
  expect([...day.removals.keys()]).toEqual([])
})

it('the hour’s budget ends a rise in the middle of it, and what is raised goes on', async () => {
  const day = rentedDay()
  day.world.settings = { ...openCapacity, capacity_hourly_usd: 1.5 }
  day.queue.jobs = 500
  await day.pass(5)
  const first = day.peak.usdPerHour
  day.world.settings = { ...openCapacity, capacity_hourly_usd: 3 }
  await day.pass(5)
  expect(first).toBeLessThanOrEqual(1.5)
  expect(first).toBeGreaterThan(0)
  expect(day.peak.usdPerHour).toBeLessThanOrEqual(3)
  expect(day.peak.usdPerHour).toBeGreaterThan(first)
})

it.each([
  ['forward', 3_600_000],
  ['back', -3_600_000],
])('a clock that jumps %s an hour gives no box up, and all are given back when the work is done', async (_, ms) => {
  const day = rentedDay()
  day.queue.jobs = 200
  await day.pass(6)
  const before = day.alive()
  day.world.skewMs = ms
  await day.pass(1)
  const after = day.alive()
  await day.pass(60)
  expect(before).toBeGreaterThan(0)
  expect(after).toBeGreaterThanOrEqual(before)
  expect([day.queue.done, day.alive(), day.open()]).toEqual([200, 0, []])
})
