import { pino } from 'pino'
import { expect, it } from 'vitest'
import { readEnv } from '#worker/env.ts'
import { openReplicate } from './open-replicate.ts'
import { eventually } from '#worker/testing/bench-box.ts'
import { openProviderBox, type ProviderBox } from './testing.ts'

function open(box: ProviderBox, overrides: Record<string, string> = {}) {
  const env = readEnv({
    FORGE_SERVER_URL: box.control.url,
    FORGE_WORKER_KEY: box.control.key,
    REPLICATE_API_TOKEN: 'standin_only_for_tests',
    REPLICATE_API_URL: box.replicate.url,
    WORKER_DATA: '/nowhere',
    ...overrides,
  })
  const { replicateToken: token } = env
  if (token === null) throw new Error('not at Replicate')
  const parts = { control: null as never, journal: null as never, log: pino({ level: 'silent' }) }
  return openReplicate({ env, token, ...parts }, AbortSignal.timeout(5_000))
}

it('offers are held against the live schema; what does not fit is unavailable with its reason, a stand-in is labelled', async () => {
  await using box = await openProviderBox()
  const { found } = await open(box)

  expect(found.capabilities).toMatchObject({
    standIn: true,
    unavailable: { 'tonic/schnell': 'REPLICATE_LORA_URL is not set' },
    provider: { name: 'replicate', offers: { 'remix/schnell': { usdMicros: 25_000, sells: true } } },
  })
  expect(found.capabilities.templates).toEqual([...found.templates.keys()])
  expect(found.capabilities.templates).not.toContain('tonic/schnell')
})

it('a token that is refused ends the start; ComfyUI goes before Replicate', async () => {
  await using box = await openProviderBox()

  await expect(open(box, { REPLICATE_API_TOKEN: 'standin_another' })).rejects.toMatchObject({ kind: 'denied' })
  await expect(async () => open(box, { COMFY_URL: 'http://127.0.0.1:1' })).rejects.toThrow('not at Replicate')
})

it('an account without money hands jobs back with their attempts and claims nothing more', async () => {
  await using box = await openProviderBox()
  box.arm({ kind: 'create-status', status: 402, taken: false })
  const job = await box.addJob()
  const worker = box.start()
  await eventually(() => job.releases === 1, 'it is handed back')
  await eventually(() => worker.logs.some((line) => line.includes('replicate is away')), 'it claims nothing')

  expect(job).toMatchObject({ status: 'queued', epoch: 1, failures: [], refused: false })
  expect(box.costs(job)).toEqual([])
  expect(box.replicate.provider.predictions).toEqual([])
})
