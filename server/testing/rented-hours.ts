import { expect } from 'vitest'
import type { rentedDay } from './rented-day.ts'

type Day = ReturnType<typeof rentedDay>

const faults = {
  '429': ({ standin }: Day) => standin.faults.fail('run', 429, { times: 3 }),
  '500': ({ standin }: Day) => standin.faults.fail('create', 500),
  'no room': ({ standin }: Day) => standin.faults.fail('create', 'no_room', { times: 4 }),
  refused: ({ standin }: Day) => standin.faults.fail('run', 401, { times: 2 }),
  lost: ({ standin }: Day) => {
    standin.faults.fail('create', 'lost')
    standin.faults.fail('run', 'lost')
    standin.faults.fail('cancel', 'lost')
  },
  'no list': ({ standin }: Day) => standin.faults.fail('list', 500, { times: 20 }),
  'stale list': ({ standin }: Day) => standin.faults.fail('list', 'stale', { times: 20 }),
  'no status': ({ standin }: Day) => standin.faults.fail('status', 500, { times: 10 }),
  'no delete': ({ standin }: Day) => {
    standin.faults.fail('delete', 500, { times: 5 })
    standin.faults.fail('cancel', 500, { times: 5 })
  },
  stuck: ({ standin }: Day) => standin.faults.doom('stuck'),
  blind: ({ standin }: Day) => standin.faults.doom('blind'),
  vanish: ({ standin }: Day) => standin.faults.doom('vanish'),
  twice: ({ standin }: Day) => standin.faults.doom('twice'),
}

export type RentedHour = { images: number; faults: readonly (keyof typeof faults)[] }

/** Lets the hours pass, images coming evenly, then waits until all is done and given back. Answers the images sent. */
export async function liveThrough(day: Day, hours: readonly RentedHour[]): Promise<number> {
  let sent = 0
  for (const hour of hours) {
    for (const name of hour.faults) faults[name](day)
    for (let minute = 0; minute < 60; minute += 4) {
      const images = Math.round(hour.images / 15)
      day.queue.jobs += images
      sent += images
      await day.pass(4)
    }
  }
  await day.pass(90)
  return sent
}

/** Everything sent was made, nothing is rented any more, and the books hold what will be on the bill. */
export function expectNothingLost(day: Day, sent: number): void {
  expect([day.queue.jobs, day.queue.done]).toEqual([0, sent])
  expect([day.alive(), day.open()]).toEqual([0, []])
  expect(day.peak.usdPerHour).toBeLessThanOrEqual(day.world.settings.capacity_hourly_usd ?? Number.POSITIVE_INFINITY)
  // A tick is the grain: a box that vanished is paid for in the books until somebody looked.
  const billed = day.standin.boxes.billedUsd()
  expect(day.spent()).toBeGreaterThan(billed * 0.97)
  expect(day.spent()).toBeLessThan(billed * 1.03)
}
