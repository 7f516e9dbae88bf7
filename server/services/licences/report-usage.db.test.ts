import { afterAll, beforeAll, expect, it } from 'vitest'
import { startFakeBfl } from '#server/testing/bfl.ts'
import { png } from '#server/testing/images.ts'
import { type LiveServer, startLiveServer } from '#server/testing/live-server.ts'
import { stageOutput, wishOf } from '#server/testing/pressing.ts'
import { reportUsage } from './report-usage.ts'

let bfl: Awaited<ReturnType<typeof startFakeBfl>>
let server: LiveServer

beforeAll(async () => {
  bfl = await startFakeBfl('bfl_secret')
  server = await startLiveServer({ BFL_API_KEY: 'bfl_secret', BFL_API_BASE: bfl.url })
  await server.changeSettings(`variants = variants || '{"remix": "dev"}', licences = '{flux1-dev}'`)
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await bfl[Symbol.asyncDispose]()
})

/** `count` finished images, rendered by a box that is no stand-in unless said. */
async function finish(count: number, { standIn = false } = {}) {
  const artist = await server.anonymous()
  const worker = await server.worker()
  await server.db.pool.query(
    `update workers set capabilities = jsonb_set(capabilities, '{standIn}', to_jsonb($2::boolean)) where id = $1`,
    [worker.id, standIn],
  )
  await artist.api.forge.create.mutate(await wishOf(artist, { count, expectedPrice: count }))
  for (let index = 0; index < count; index += 1) {
    const claim = await worker.api.worker.claim.mutate({})
    const attempt = { job: claim?.id ?? '', epoch: claim?.epoch ?? 0 }
    const { file } = await stageOutput(worker.api, attempt, await png())
    await worker.api.worker.complete.mutate({ ...attempt, files: [file], gpuMs: 1, stageMs: {} })
  }
}

const alerts = async () => {
  const { rows } = await server.db.pool.query(
    `select subject, detail ->> 'problem' as problem from alerts where kind = 'licence_usage' and closed_at is null`,
  )
  return rows
}
const passTime = () =>
  server.db.pool.query(`update usage_reports set due_at = now(), moved_at = moved_at - interval '11 minutes'`)

it('each image of a licensed model is told once, failures later, and labelled images never', async () => {
  await finish(2)
  await finish(1, { standIn: true })

  bfl.state.mode = 'down'
  await reportUsage(server.deps)
  await reportUsage(server.deps)
  expect(bfl.state.calls).toBe(1)
  expect(await alerts()).toEqual([{ subject: 'model:flux1-dev', problem: 'HTTP 500: Internal Server Error' }])

  bfl.state.mode = 'well'
  await finish(1)
  await reportUsage(server.deps)
  expect(bfl.counted.size).toBe(0)

  await passTime()
  await Promise.all([reportUsage(server.deps), reportUsage(server.deps), reportUsage(server.deps)])
  await reportUsage(server.deps)
  expect(bfl.counted).toEqual(new Map([['flux-1-dev', 3]]))
  expect(await alerts()).toEqual([])
})

it('a count whose answer was lost waits for a person and is not told twice', async () => {
  const told = bfl.counted.get('flux-1-dev') ?? 0
  await finish(1)
  bfl.state.mode = 'gateway'

  await reportUsage(server.deps)
  await passTime()
  await reportUsage(server.deps)

  expect(bfl.counted.get('flux-1-dev')).toBe(told + 1)
  const [alert] = await alerts()
  expect(alert?.subject).toMatch(/^report:\d+$/)
  await server.deps.database.endUsageReport(Number(alert?.subject.split(':')[1]), 'told', '')
  expect(await alerts()).toEqual([])
})

it('a report whose sender died waits for a person', async () => {
  await finish(1)
  const report = await server.deps.database.takeUsageReport(['flux1-dev'])
  await passTime()

  expect(await server.deps.database.takeUsageReport(['flux1-dev'])).toBeNull()
  expect(await alerts()).toEqual([{ subject: `report:${report?.id}`, problem: 'no answer' }])
})

it('nothing is told without a key', async () => {
  const { calls } = bfl.state

  await reportUsage({ ...server.deps, usage: null })

  expect(bfl.state.calls).toBe(calls)
})

it('a model is told about by the file that its template is named after', () => {
  const metered = new Set(
    server.deps.catalogue.models.filter(({ usageSlug }) => usageSlug !== null).map(({ key }) => key),
  )
  const unmetered = server.deps.catalogue.manifests
    .flatMap(({ variants }) => variants)
    .filter(({ models, modelKey }) => models.some((key) => metered.has(key)) && !metered.has(modelKey))

  expect(unmetered).toEqual([])
})
