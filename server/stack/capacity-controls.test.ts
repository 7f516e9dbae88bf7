import { expect, it } from 'vitest'
import { capacityWords, readSchedule } from './capacity-controls.ts'

it('reads a schedule as people write it, and refuses what is none', () => {
  expect(readSchedule('mon-fri 08:00-18:00 2; sat,sun 22:00-02:00 1')).toEqual([
    { days: [1, 2, 3, 4, 5], from: '08:00', to: '18:00', min: 2 },
    { days: [6, 7], from: '22:00', to: '02:00', min: 1 },
  ])
  expect(readSchedule('none')).toEqual([])
  for (const bad of ['mon', 'someday 08:00-18:00 1', 'mon 8-18 1', 'mon 08:00-18:00', 'mon 08:00-18:00 -1'])
    expect(readSchedule(bad)).toBeNull()
})

it('holds a step, lets go of it, or turns the autopilot off', () => {
  expect(capacityWords.saving.parse('free_size')).toEqual({ saving_hold: 'free_size' })
  expect(capacityWords.saving.parse('auto')).toEqual({ saving_auto: true, saving_hold: null })
  expect(capacityWords.saving.parse('off')).toEqual({ saving_auto: false, saving_hold: null })
  expect(capacityWords.saving.safeParse('everything').success).toBe(false)
  expect(capacityWords.hourly.parse('none')).toEqual({ capacity_hourly_usd: null })
})
