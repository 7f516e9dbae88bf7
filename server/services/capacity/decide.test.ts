import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { openCapacity } from '#server/testing/memory-boxes.ts'
import { rentedDay } from '#server/testing/rented-day.ts'
import { decide } from './decide.ts'
import { prewarmed } from './prewarm.ts'
import type { Box, CapacityState, PoolOffer } from './state.ts'

const now = Date.UTC(2026, 10, 23, 12)
const offers: PoolOffer[] = [
  { name: 'pods', templates: ['remix/schnell'], trust: 'datacenter', usdPerHour: 0.8, listed: true },
]
const work = (jobs: number, template = 'remix/schnell') => ({
  template,
  trust: 'community' as const,
  jobs,
  work_ms: jobs * 12_000,
})

function makeState(changes: Partial<CapacityState> = {}, settings: Partial<CapacityState['settings']> = {}) {
  return {
    now,
    settings: { ...openCapacity, ...settings },
    halted: false,
    left_usd: null,
    demand: [],
    others: [],
    pools: [{ name: 'pods', cool_until: 0, p50_ms: 60_000, p99_ms: 90_000, lacks: [] as string[] }],
    boxes: [],
    removals: [],
    watching_since: 0,
    last_asked_at: null,
    last_drained_at: null,
    ...changes,
  } satisfies CapacityState
}

let made = 0
function makeBox(changes: Partial<Box> = {}): Box {
  made += 1
  return {
    id: `box-${made}`,
    pool: 'pods',
    name: `forge-test-${made}`,
    remote_id: `pod-${made}`,
    state: 'up',
    usd_per_hour: 0.7,
    templates: ['remix/schnell'],
    trust: 'datacenter',
    charged: true,
    asked_at: now - 1_200_000,
    up_at: now - 1_000_000,
    draining_at: null,
    seen_at: now - 3_000,
    active_at: now - 3_000,
    running: 0,
    unfit: false,
    busy_at: now - 1_000,
    ...changes,
  }
}

const kinds = (state: CapacityState, listed = state.boxes) =>
  decide(
    state,
    offers,
    new Map([
      [
        'pods',
        {
          known: true as const,
          remotes: listed.map(({ remote_id: id, name, usd_per_hour: usdPerHour }) => ({
            id: id ?? 'new',
            name,
            status: 'running' as const,
            usdPerHour,
          })),
        },
      ],
    ]),
  ).map((action) => `${action.kind}${'reason' in action ? ` ${action.reason}` : ''}`)

describe('how many boxes', () => {
  it('asks for one when nobody can do what is queued, and for none when nothing is', () => {
    expect(kinds(makeState({ demand: [work(1)] }))).toEqual(['ask'])
    expect(kinds(makeState())).toEqual([])
  })

  it('follows the work over the wait that is aimed at, three at a time', () => {
    expect(kinds(makeState({ demand: [work(10)] }))).toEqual(['ask', 'ask'])
    expect(kinds(makeState({ demand: [work(500)] }))).toEqual(['ask', 'ask', 'ask'])
  })

  it('counts workers that are not rented, when they can do it', () => {
    const own = { templates: ['remix/schnell'], trust: 'own' as const }
    expect(kinds(makeState({ demand: [work(4)], others: [own] }))).toEqual([])
    expect(kinds(makeState({ demand: [work(4)], others: [{ ...own, templates: ['style/sdxl'] }] }))).toEqual(['ask'])
  })

  it('asks for nothing that no pool can run or is trusted with', () => {
    expect(kinds(makeState({ demand: [work(4, 'tonic/dev')] }))).toEqual([])
    expect(kinds(makeState({ demand: [{ ...work(4), trust: 'own' }] }))).toEqual([])
    expect(kinds(makeState({ demand: [work(4)] }, { min_trust: 'own' }))).toEqual([])
  })

  it('is warm before people come, on the schedule in UTC', () => {
    const rules = [{ days: [1, 2, 3, 4, 5], from: '11:30', to: '18:00', min: 2 }]
    expect(kinds(makeState({}, { capacity_prewarm: rules }))).toEqual(['ask', 'ask'])
    expect(prewarmed(rules, Date.UTC(2026, 10, 23, 18))).toBe(0)
    expect(prewarmed(rules, Date.UTC(2026, 10, 22, 12))).toBe(0)
    const night = [{ days: [1], from: '22:00', to: '02:00', min: 1 }]
    expect([21, 22, 25, 26].map((hour) => prewarmed(night, Date.UTC(2026, 10, 23, hour)))).toEqual([0, 1, 1, 0])
  })

  it('keeps the schedule for as long on the night when clocks change as on any other, and over midnight UTC', () => {
    const night = [{ days: [6, 7], from: '23:30', to: '03:00', min: 1 }]
    const minutesFrom = (from: number) =>
      Array.from({ length: 1_440 }, (_, minute) => prewarmed(night, from + minute * 60_000)).filter((min) => min > 0)
        .length
    // Saturdays at noon: an ordinary one, and those before Europe's clocks go back, and forward.
    const noons = [Date.UTC(2026, 10, 21, 12), Date.UTC(2026, 9, 24, 12), Date.UTC(2026, 2, 28, 12)]
    expect(noons.map(minutesFrom)).toEqual([210, 210, 210])
    expect([2, 3].map((hour) => prewarmed(night, Date.UTC(2026, 9, 25, hour, 59)))).toEqual([1, 0])
  })

  it('holds back for no longer than it ever would when the clock was set back', () => {
    const soon = now + 300_000
    const state = (at: number) =>
      makeState({ demand: [work(9)], pools: [{ name: 'pods', cool_until: at, p50_ms: 1, p99_ms: 1, lacks: [] }] })
    expect([kinds(state(soon)), kinds(state(now + 7_200_000))]).toEqual([[], ['ask', 'ask']])
    expect(kinds(makeState({ demand: [work(9)], last_asked_at: now + 3_600_000 }))).toEqual(['ask', 'ask'])
  })

  it('leaves a box alone whose pool nobody here speaks to, and counts it', () => {
    const foreign = makeBox({ pool: 'elsewhere', busy_at: now - 900_000, unfit: true })
    expect(kinds(makeState({ boxes: [foreign] }))).toEqual([])
    expect(kinds(makeState({ boxes: [foreign], demand: [work(9)] }, { capacity_max: 1 }))).toEqual([])
    expect(kinds(makeState({ boxes: [foreign], halted: true }))).toEqual(['drain halted'])
  })

  it('waits after it asked, and while the pool cools down', () => {
    expect(kinds(makeState({ demand: [work(9)], last_asked_at: now - 59_000 }))).toEqual([])
    const cooling = [{ name: 'pods', cool_until: now + 1, p50_ms: 1, p99_ms: 1, lacks: [] }]
    expect(kinds(makeState({ demand: [work(9)], pools: cooling }))).toEqual([])
  })

  it('asks for no box for what the newest one of the pool cannot run, and keeps none for it', () => {
    const lacking = [{ name: 'pods', cool_until: 0, p50_ms: 60_000, p99_ms: 90_000, lacks: ['remix/schnell'] }]
    expect(kinds(makeState({ demand: [work(9)], pools: lacking }))).toEqual([])
    const idle = makeBox({ busy_at: now - 300_000 })
    expect(kinds(makeState({ demand: [work(9)], pools: lacking, boxes: [idle] }))).toEqual(['drain idle'])
    const both = makeBox({ templates: ['remix/schnell', 'style/sdxl'] })
    expect(kinds(makeState({ demand: [work(9, 'style/sdxl')], pools: lacking, boxes: [both] }))).toEqual([])
  })

  it('asks for nothing that the hour or the day cannot pay', () => {
    expect(kinds(makeState({ demand: [work(90)] }, { capacity_hourly_usd: 1.7 }))).toEqual(['ask', 'ask'])
    expect(kinds(makeState({ demand: [work(90)], left_usd: 0.45 }))).toEqual(['ask', 'ask'])
    expect(kinds(makeState({ demand: [work(90)], halted: true }))).toEqual([])
  })
})

describe('who goes', () => {
  it('sends back who costs more than was allowed: at once before it works, then after its job', () => {
    const dear = (changes: Partial<Box>) =>
      makeState({ demand: [work(1)], boxes: [makeBox({ usd_per_hour: 50, ...changes })] })
    expect(kinds(dear({ up_at: null, state: 'starting' }))).toContain('remove too_dear')
    expect(kinds(dear({ running: 1 }))).toContain('drain too_dear')
    expect(kinds(dear({ usd_per_hour: 0.95 }))).toEqual([])
  })

  it('drains who did nothing for the idle time, one in each cool-down, and keeps who is wanted', () => {
    const idle = [makeBox({ busy_at: now - 300_000 }), makeBox({ busy_at: now - 400_000 }), makeBox()]
    expect(kinds(makeState({ boxes: idle }))).toEqual(['drain idle'])
    expect(kinds(makeState({ boxes: idle, last_drained_at: now - 1_000 }))).toEqual([])
    expect(kinds(makeState({ boxes: idle }, { capacity_min: 3 }))).toEqual([])
  })

  it('removes a draining box once nothing runs on it, or when that takes too long', () => {
    const draining = { state: 'draining' as const, draining_at: now - 5_000 }
    expect(kinds(makeState({ boxes: [makeBox({ ...draining, running: 1 })] }))).toEqual([])
    expect(kinds(makeState({ boxes: [makeBox(draining)] }))).toEqual(['remove idle'])
    const late = makeBox({ ...draining, draining_at: now - 1_000_000, running: 1 })
    expect(kinds(makeState({ boxes: [late] }))).toEqual(['remove idle'])
  })

  it('gives back what never came, fell silent, is unfit or too old', () => {
    const starting = { state: 'starting' as const, up_at: null, seen_at: null, busy_at: null }
    expect(kinds(makeState({ boxes: [makeBox({ ...starting, asked_at: now - 470_000 })] }))).toEqual([])
    expect(kinds(makeState({ boxes: [makeBox({ ...starting, asked_at: now - 490_000 })] }))).toEqual([
      'remove never_up',
    ])
    expect(kinds(makeState({ boxes: [makeBox({ seen_at: now - 200_000, running: 1 })] }))).toEqual(['remove silent'])
    expect(kinds(makeState({ boxes: [makeBox({ unfit: true })] }))).toEqual(['drain unfit'])
    expect(kinds(makeState({ boxes: [makeBox({ asked_at: now - 90_000_000 })] }))).toEqual(['drain max_age'])
  })

  it('replaces a box at once whose worker is gone for a minute and a half, or asks for nothing for three', () => {
    const gone = makeBox({ seen_at: now - 95_000, active_at: now - 95_000, running: 1 })
    expect(kinds(makeState({ boxes: [gone], demand: [work(3)] }))).toEqual(['remove silent', 'ask'])
    const stuck = makeBox({ active_at: now - 185_000, busy_at: now - 400_000 })
    expect(kinds(makeState({ boxes: [stuck], demand: [work(3)] }))).toEqual(['remove silent', 'ask'])
    const fine = [
      { active_at: now - 175_000, busy_at: now - 400_000 },
      { active_at: now - 185_000, running: 1 },
      { active_at: null },
    ]
    expect(kinds(makeState({ boxes: fine.map(makeBox), demand: [work(9999)] }))).not.toContain('remove silent')
    const watched = { boxes: [stuck], demand: [work(3)], watching_since: now - 100_000 }
    expect(kinds(makeState(watched))).toEqual([])
  })

  it('takes silence for nothing after an outage of ours', () => {
    const silent = makeBox({ seen_at: now - 3_600_000 })
    expect(kinds(makeState({ boxes: [silent], watching_since: now - 10_000 }))).toEqual([])
  })

  it('drains everything when the day is spent, and what is beyond maximum or budget without a job first', () => {
    const boxes = [makeBox({ running: 1 }), makeBox({ asked_at: now - 1_100_000 })]
    expect(kinds(makeState({ boxes, halted: true }))).toEqual(['drain halted', 'drain halted'])
    expect(kinds(makeState({ boxes, demand: [work(90)] }, { capacity_max: 1 }))).toEqual(['drain surplus'])
    expect(kinds(makeState({ boxes, demand: [work(90)] }, { capacity_hourly_usd: 1 }))).toEqual(['drain surplus'])
  })

  it('ends what its provider no longer shows, but not because of a list that lags or does not come', () => {
    expect(kinds(makeState({ boxes: [makeBox()] }), [])).toEqual(['end vanished'])
    const fresh = { asked_at: now - 60_000, up_at: null, state: 'starting' as const }
    expect(kinds(makeState({ boxes: [makeBox(fresh)] }), [])).toEqual([])
    expect(decide(makeState({ boxes: [makeBox()] }), offers, new Map([['pods', { known: false }]]))).toEqual([])
  })

  it('finds a lost answer by its name, gives it up when nothing comes, and sweeps what nobody asked for', () => {
    const asked = { state: 'asked' as const, remote_id: null, up_at: null, seen_at: null, charged: false }
    const lost = makeBox({ ...asked, asked_at: now - 60_000 })
    expect(kinds(makeState({ boxes: [lost] }))).toEqual(['note'])
    expect(kinds(makeState({ boxes: [lost] }), [])).toEqual([])
    expect(kinds(makeState({ boxes: [makeBox({ ...asked, asked_at: now - 130_000 })] }), [])).toEqual(['end lost'])
    expect(kinds(makeState(), [makeBox()])).toEqual(['sweep'])
  })
})

describe('any day', () => {
  const rough = fc.record({
    arrivals: fc.array(fc.nat({ max: 40 }), { minLength: 8, maxLength: 20 }),
    max: fc.integer({ min: 0, max: 4 }),
    budget: fc.option(fc.double({ min: 0.5, max: 4, noNaN: true }), { nil: null }),
    faults: fc.array(
      fc.constantFrom('no_room', 'lost', 429, 500, 'stuck', 'blind', 'vanish', 'twice', 'list', 'delete'),
      { maxLength: 8 },
    ),
    pools: fc.constantFrom(['pods'] as const, ['serverless'] as const, ['serverless', 'pods'] as const),
  })

  it('never has more than the maximum or the budget, and ends with nothing rented', async () => {
    await fc.assert(
      fc.asyncProperty(rough, async ({ arrivals, max, budget, faults, pools }) => {
        const day = rentedDay({ pools: [...pools], tickMs: 30_000 })
        day.world.settings = { ...openCapacity, capacity_max: max, capacity_hourly_usd: budget }
        for (const fault of faults) trouble(day, fault)
        for (const jobs of arrivals) {
          day.queue.jobs += jobs
          await day.pass(5)
        }
        day.queue.jobs = 0
        day.standin.faults.clear()
        await day.pass(60)
        const twice = faults.filter((one) => one === 'twice').length
        expect(day.peak.boxes).toBeLessThanOrEqual(max + twice)
        if (budget !== null && twice === 0) expect(day.peak.usdPerHour).toBeLessThanOrEqual(budget)
        expect([day.alive(), day.open().length]).toEqual([0, 0])
      }),
      { numRuns: 12 },
    )
  })

  it('does not flap with a load that wavers around the line', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat({ max: 8 }), { minLength: 24, maxLength: 24 }), async (jobs) => {
        const day = rentedDay({ tickMs: 30_000 })
        for (const arriving of jobs) {
          day.queue.jobs += arriving + 1
          await day.pass(2.5)
        }
        // An hour of what one box can just do: more boxes would be made and given back again and again.
        expect(day.asked()).toBeLessThanOrEqual(4)
      }),
      { numRuns: 6 },
    )
  })
})

function trouble(day: ReturnType<typeof rentedDay>, fault: string | number): void {
  const { faults } = day.standin
  if (fault === 'stuck' || fault === 'blind' || fault === 'vanish' || fault === 'twice') faults.doom(fault)
  else if (fault === 'list' || fault === 'delete') faults.fail(fault, 500, { times: 2 })
  else {
    const kind = fault === 'lost' || fault === 'no_room' || fault === 429 ? fault : 500
    faults.fail('create', kind)
    faults.fail('run', kind)
  }
}
