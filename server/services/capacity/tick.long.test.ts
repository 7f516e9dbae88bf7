import { expect, it } from 'vitest'
import { openCapacity } from '#server/testing/memory-boxes.ts'
import { rentedDay } from '#server/testing/rented-day.ts'
import { type RentedHour, expectNothingLost, liveThrough } from '#server/testing/rented-hours.ts'

const night: RentedHour = { images: 0, faults: [] }
const quiet: RentedHour = { images: 10, faults: [] }
const busy: RentedHour = { images: 120, faults: [] }

/** One day in UTC: asleep at night, a rush at noon and in the evening, and something fails in most hours. */
const hours: readonly RentedHour[] = [
  night,
  night,
  night,
  night,
  night,
  quiet,
  quiet,
  { images: 40, faults: ['429'] },
  { images: 90, faults: ['stuck'] },
  { images: 120, faults: ['no room'] },
  busy,
  { images: 700, faults: ['no list', 'twice'] },
  { images: 900, faults: ['vanish', 'vanish'] },
  { images: 400, faults: ['no delete', 'lost'] },
  busy,
  busy,
  quiet,
  { images: 200, faults: ['lost', 'refused'] },
  { images: 500, faults: ['blind', '500'] },
  { images: 800, faults: ['no status'] },
  { images: 300, faults: ['vanish', 'stale list'] },
  busy,
  quiet,
  night,
]

it('a day with every failure: all is rendered, nothing leaks, and the rent in the books is what will be billed', async () => {
  const day = rentedDay({ pools: ['serverless', 'pods'], tickMs: 15_000 })
  day.world.settings = { ...openCapacity, capacity_max: 4, capacity_hourly_usd: 4 }
  const sent = await liveThrough(day, hours)
  expectNothingLost(day, sent)
  expect(day.asked()).toBeLessThan(80)
})
