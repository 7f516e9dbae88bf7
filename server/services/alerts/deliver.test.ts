import { expect, it } from 'vitest'
import type { AlertRow } from '#server/adapters/database/rows.ts'
import { testDeps } from '#server/testing/deps.ts'
import { deliverAlerts, sentenceOf } from './deliver.ts'

const alert: AlertRow = {
  id: 7,
  kind: 'spend',
  subject: '2026-11-23 80',
  detail: { percent: 80, spent_usd: 20.5, cap_usd: 25 },
  opened_at: '2026-11-23T12:00:00+00:00',
  tries: 1,
}

it.each([
  ['spend', { percent: 80, spent_usd: 20.5, cap_usd: 25 }, 'has spent $20.50 of today’s $25.00 (80 %).'],
  ['spend', { percent: 100, spent_usd: 25.01, cap_usd: 25 }, 'nothing more is taken or started until 00:00 UTC'],
  ['books', {}, 'npm run audit'],
  ['stripe', {}, 'npm run reconcile'],
  ['removal', { pool: 'pods', problem: 'HTTP 500' }, 'npm run fleet -- --gone x'],
  ['rented', { boxes: 2, usd_per_hour: 1.6, provider: 'runpod-pods' }, '2 box(es) of x ($1.60 an hour)'],
  ['licence_usage', {}, 'licence_usage x'],
])('an alert of kind %s says in one sentence what to do', (kind, detail, part) => {
  expect(sentenceOf({ kind, subject: 'x', detail })).toContain(part)
})

it('an alert that was not taken stays untold and ends the round', async () => {
  const { deps } = await testDeps()
  const told: number[] = []
  let handed = 0
  deps.database.takeAlert = () => Promise.resolve((handed += 1) < 5 ? alert : null)
  deps.database.alertTold = (id) => Promise.resolve(void told.push(id))
  deps.alerts = { tell: () => Promise.reject(new Error('down')) }

  await deliverAlerts(deps)

  expect([handed, told]).toEqual([1, []])
})
