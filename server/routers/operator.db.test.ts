import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createAlertWebhook } from '#server/adapters/alerts.ts'
import { createRateLimits } from '#server/http/rate-limits.ts'
import { deliverAlerts } from '#server/services/alerts/deliver.ts'
import { plentiful } from '#server/testing/deps.ts'
import { type Api, type LiveServer, type Person, refusalOf, startLiveServer } from '#server/testing/live-server.ts'
import { expectInvariants } from '#supabase/tests/invariants.ts'

let server: LiveServer
let operator: Person
let operatorApi: Api

beforeAll(async () => {
  server = await startLiveServer({ TRUSTED_HOPS: '1' })
  operator = await server.permanent()
  operatorApi = await server.promote(operator)
})
afterAll(() => server[Symbol.asyncDispose]())

it('the controls are an operator’s alone, and each change names who made it', async () => {
  const person = await server.permanent()
  const change = { dispatchPaused: true, dailyCapUsd: 25.5 }

  const denied = await refusalOf(person.api.operator.changeControls.mutate(change))
  const asBefore = await refusalOf(operator.api.operator.controls.query())
  const view = await operatorApi.operator.changeControls.mutate(change)
  const [row] = (await server.db.pool.query('select actor, subject from audit_log order by id desc limit 1')).rows
  const open = await operatorApi.operator.changeControls.mutate({ dispatchPaused: false, dailyCapUsd: null })

  expect([denied.code, asBefore.code]).toEqual(['FORBIDDEN', 'FORBIDDEN'])
  expect(view).toMatchObject({ dispatchPaused: true, intakePaused: false, dailyCapUsd: 25.5, spentUsd: 0 })
  expect(row).toEqual({ actor: operator.id, subject: 'daily_cap_usd dispatch_paused' })
  expect(open).toMatchObject({ dispatchPaused: false, dailyCapUsd: null })
})

it('boxes, their budget and schedule, and a step of saving are an operator’s to set', async () => {
  const rule = { days: [1, 2, 3, 4, 5], from: '08:00', to: '18:00', min: 1 }
  const wish = { capacityMax: 5, capacityHourlyUsd: 4.5, capacityPrewarm: [rule], savingHold: 'frames' as const }
  expect(await operatorApi.operator.changeControls.mutate(wish)).toMatchObject({ ...wish, savingStep: 'frames' })
  const back = await operatorApi.operator.changeControls.mutate({ savingHold: null, capacityPrewarm: [] })
  expect(back).toMatchObject({ capacityMax: 5, savingHold: null, savingStep: 'none', savingAuto: true })
})

it.each([
  { capacityPrewarm: [{ days: [8], from: '08:00', to: '18:00', min: 1 }] },
  { capacityMax: 101 },
  { savingStep: 'frames' },
  { dailyCapUsd: -1 },
  { dailyCapUsd: 0.001 },
  { maxConcurrent: 1.5 },
  { intakePaused: 'yes' },
  { licences: [] },
])('a control that makes no sense is refused: %j', async (change) => {
  const api = await server.promote(await server.permanent())

  expect((await refusalOf(api.operator.changeControls.mutate(change as never))).code).toBe('INVALID_INPUT')
})

it('E13 mutations are counted over all servers together, each of a batch and each of a network', async () => {
  const shared = { database: server.deps.database, secret: 'a secret of the tests', now: Date.now }
  const settings = { ...plentiful, addressMutations: 40, accountMutations: 20 }
  const servers = Array.from({ length: 3 }, () => createRateLimits(settings, shared))
  const spend = async (account: string, host: number) => {
    const calls = Array.from({ length: 20 }, (_, index) => index).flatMap((index) =>
      servers.map((one) => one.spend({ mutation: true, address: `2001:db8:9:9:${host}::${index}`, account })),
    )
    return (await Promise.allSettled(calls)).filter((end) => end.status === 'fulfilled').length
  }

  const first = await spend('0199aaaa-0000-7000-8000-0000000000a1', 1)
  const again = await spend('0199aaaa-0000-7000-8000-0000000000a1', 1)
  const neighbour = await spend('0199aaaa-0000-7000-8000-0000000000a2', 2)

  // Four calls of each server may be on their way when the count is full.
  expect(first).toBeGreaterThanOrEqual(20)
  expect(first).toBeLessThanOrEqual(20 + 3 * 4)
  expect([again, neighbour]).toEqual([0, 0])
})

it('an alert reaches the webhook once, again after a failure, with a sentence and its own id', async () => {
  const answers = [500, 200, 200]
  const got: { id: unknown; text: string; key: unknown }[] = []
  const hook = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk.toString()))
    request.on('end', () => {
      const { id, text } = JSON.parse(body) as { id: unknown; text: string }
      got.push({ id, text, key: request.headers['idempotency-key'] })
      response.writeHead(answers.shift() ?? 200).end()
    })
  })
  await new Promise<void>((done) => hook.listen(0, '127.0.0.1', done))
  const { port } = hook.address() as AddressInfo
  const deps = { ...server.deps, alerts: createAlertWebhook(`http://127.0.0.1:${port}/`) }
  await server.db.pool.query('update settings set daily_cap_usd = 1')
  await server.db.pool.query('select private.book_spend(private.utc_day(), 600000)')

  await deliverAlerts(deps)
  await deliverAlerts(deps)
  await server.db.pool.query(`update alerts set due_at = now() - interval '1 s'`)
  await deliverAlerts(deps)
  await deliverAlerts(deps)
  hook.closeAllConnections()
  await new Promise((done) => hook.close(done))

  expect(got).toHaveLength(2)
  expect(got[1]).toEqual(got[0])
  expect(got[0]).toMatchObject({ text: 'The Forge has spent $0.60 of today’s $1.00 (50 %).' })
  expect(got[0]?.key).toBe(`forge-alert-${String(got[0]?.id)}`)
  await expectInvariants(server.db)
  await server.db.pool.query('update settings set daily_cap_usd = null')
})
