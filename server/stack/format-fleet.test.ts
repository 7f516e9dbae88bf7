import { expect, it } from 'vitest'
import type { FleetView } from '#shared/operator/fleet.ts'
import { formatFleet } from './format-fleet.ts'

const now = Date.UTC(2026, 10, 23, 12)
const id = '00000000-0000-4000-8000-000000000001'

const empty: FleetView = {
  queue: [],
  workers: [],
  eta: [],
  alerts: [],
  spend: { todayUsd: 0, capUsd: null, saving: 'none' },
}

const none = { rented: [], costs: [] }

const box: FleetView['workers'][number] = {
  id,
  key: 'salon',
  pool: 'default',
  trust: 'own',
  gpu: 'RTX 4090',
  warm: ['flux1-schnell'],
  lastSeen: new Date(now - 3_000).toISOString(),
  live: true,
  draining: false,
  revoked: false,
  quarantinedAt: null,
  keyQuarantined: false,
  leftAt: null,
  held: false,
  unfitReason: null,
  streak: 0,
  jobs: [
    { job: id, template: 'remix/schnell', stage: 'sampling', step: 2, steps: 4, ahead: false },
    { job: id, template: 'style/sdxl', stage: 'starting', step: 0, steps: 28, ahead: true },
  ],
  refusals: { NOT_THEIRS: 3 },
}

const rented = {
  name: 'forge-1',
  state: 'up',
  usd_per_hour: 0.34,
  usd: 1.2,
  provider: 'runpod-pods',
  remote_id: 'pod-7',
  watched: true,
}

it('says so where there is nothing to show', () => {
  expect(formatFleet(empty, none, now).split('\n')).toEqual([
    'queue:',
    '  nothing waits or runs',
    'boxes:',
    '  none was seen for a day',
    'rented:',
    '  none',
    'an image, in the last seven days:',
    '  none was made',
    'promises (how often they held):',
    '  none has ended yet',
    'open alerts:',
    '  none',
    'today: $0.00 of no cap, saving: none',
  ])
})

it('says what each box does, what it holds, and what it was refused', () => {
  expect(formatFleet({ ...empty, workers: [box] }, none, now)).toContain(
    `${id} salon (default, own) RTX 4090: up; seen 3 s ago; remix/schnell sampling 2/4 + style/sdxl ahead; warm flux1-schnell; refused NOT_THEIRS 3`,
  )
})

it.each([
  ['REVOKED', { revoked: true }],
  ['QUARANTINED', { quarantinedAt: new Date(now).toISOString() }],
  ['unfit (disk full)', { unfitReason: 'disk full' }],
  ['KEY QUARANTINED', { keyQuarantined: true }],
  ['silent', { live: false }],
  ['left', { live: false, leftAt: new Date(now).toISOString() }],
  ['draining', { draining: true }],
  ['held back', { held: true }],
])('names a box that is %s', (word, changes) => {
  expect(formatFleet({ ...empty, workers: [{ ...box, ...changes }] }, none, now)).toContain(`: ${word};`)
})

it('tells a queue that nobody serves, and how promises held', () => {
  const text = formatFleet(
    {
      ...empty,
      queue: [{ class: 'paid', template: 'tonic/dev', queued: 3, running: 0, oldestS: 400, served: false }],
      eta: [
        { template: 'remix/dev', point: 'press', n: 40, p50Held: 0.52, p90Held: 0.9, p50Factor: 1.1, p90Factor: 1 },
      ],
    },
    { rented: [rented], costs: [] },
    now,
  )

  expect(text).toContain('paid tonic/dev: 3 queued, 0 running, oldest waits 7 min, no box up for it')
  expect(text).toContain('remix/dev from the press: p50 52 %, p90 90 % of 40, corrected × 1.10 / 1.00')
  expect(text).toContain('forge-1: up, $0.34 an hour, $1.20 so far\n')
})

it('cries over a rented box that no server looks after, and says what to do', () => {
  const text = formatFleet(empty, { rented: [{ ...rented, watched: false }], costs: [] }, now)
  expect(text).toContain(
    'forge-1: up, $0.34 an hour, $1.20 so far; NOBODY LOOKS AFTER IT: set the key of runpod-pods again, or end it there (pod-7) and say so: npm run fleet -- --gone forge-1',
  )
})

it('says what an image costs by mode and by where it is made', () => {
  const cost = { mode: 'remix', images: 40, attempts: 41, seconds: 9.26 }
  const costs = [
    { ...cost, backend: 'comfy', usd: 0.004_1, idle_usd: 0.001_5 },
    { ...cost, backend: 'replicate', usd: 0.025, idle_usd: 0 },
    { ...cost, backend: 'comfy', mode: 'style', usd: 0, idle_usd: 0 },
    { ...cost, backend: 'replicate', mode: 'style', images: 0, usd: null, idle_usd: null },
  ]
  const text = formatFleet(empty, { rented: [], costs }, now)
  expect(text).toContain('remix on our boxes: 40 of 41 attempts, 9.3 s, $0.0041 each, $0.0015 of it idle')
  expect(text).toContain('remix on replicate: 40 of 41 attempts, 9.3 s, $0.0250 each\n')
  expect(text).toContain('style on our boxes: 40 of 41 attempts, 9.3 s, no price is known')
  expect(text).toContain('style on replicate: 0 of 41 attempts\n')
})
