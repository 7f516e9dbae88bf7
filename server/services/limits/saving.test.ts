import { describe, expect, it } from 'vitest'
import { callAs, testDeps } from '#server/testing/deps.ts'
import { savingNow } from './saving.ts'

const owner = '0199aaaa-0000-7000-8000-000000000001'
const assetId = '0199aaaa-0000-7000-8000-00000000000a'
const noon = Date.UTC(2026, 10, 23, 12)

async function setUp() {
  const { deps, state, storage } = await testDeps()
  const key = `inputs/${assetId}.png`
  const facts = { mime: 'image/png', width: 1_600, height: 900, bytes: 10, sha256: 'a'.repeat(64) } as const
  state.assets.push({ id: assetId, kind: 'input', storage_key: key, ...facts, job_id: null, owner })
  storage.objects.set(key, { bytes: new Uint8Array(10), mime: 'image/png' })
  state.settings.variants['remix'] = 'schnell'
  const api = callAs(deps, { kind: 'user', user: { id: owner, anonymous: false } })
  const press = async (purse: 'free' | 'credits') => {
    const wish = { mode: 'remix', prompt: 'x', creativity: 50, chaos: 30, inputs: [{ assetId, role: 'base' as const }] }
    await api.forge.create({ ...wish, requestId: crypto.randomUUID(), purse, expectedPrice: 1 })
    return state.enqueued.at(-1)?.jobs[0]?.params
  }
  return { state, api, press }
}

describe('what is saved on', () => {
  it('is for its UTC day only, with a cap only, and what the operator holds comes first', async () => {
    const { state } = await setUp()
    const day = { ...state.settings, daily_cap_usd: 10, saving_step: 'free_size' as const, saving_day: '2026-11-23' }
    expect(savingNow(day, noon)).toBe('free_size')
    expect(savingNow(day, noon + 12 * 3_600_000)).toBe('none')
    expect(savingNow({ ...day, daily_cap_usd: null }, noon)).toBe('none')
    expect(savingNow({ ...day, saving_auto: false }, noon)).toBe('none')
    expect(savingNow({ ...day, saving_hold: 'frames' }, noon)).toBe('frames')
  })

  it('is told with every limit, and makes free images smaller, paid ones not', async () => {
    const { state, api, press } = await setUp()
    expect(await press('free')).toEqual({})
    state.settings.saving_hold = 'free_size'
    expect(await press('free')).toEqual({ maxPixels: 589_824 })
    expect(await press('credits')).toEqual({})
    expect((await api.limits.mine()).saving).toBe('free_size')
    state.settings.saving_hold = 'frames'
    expect(await press('free')).toEqual({})
  })
})
