import { describe, expect, it } from 'vitest'
import { callAs, testDeps } from '#server/testing/deps.ts'
import { plentyLeft } from '#server/testing/memory-database.ts'
import type { Caller } from '#server/trpc/context.ts'
import { ForgeError } from '#shared/errors.ts'
import type { createInput } from '#shared/jobs/schema.ts'
import type { z } from 'zod'

const owner = '0199aaaa-0000-7000-8000-000000000001'
const assetId = '0199aaaa-0000-7000-8000-00000000000a'
const requestId = '0199aaaa-0000-7000-8000-00000000000b'
const anonymous: Caller = { kind: 'user', user: { id: owner, anonymous: true } }

type Wish = z.input<typeof createInput>

const wish = (changes: Partial<Wish> = {}): Wish => ({
  requestId,
  mode: 'remix',
  prompt: 'a lighthouse of bone',
  creativity: 50,
  chaos: 30,
  inputs: [{ assetId, role: 'base' }],
  purse: 'free',
  expectedPrice: 1,
  ...changes,
})

async function setUp() {
  const given = await testDeps()
  const key = `inputs/${assetId}.png`
  const facts = { mime: 'image/png', width: 1_600, height: 900, bytes: 10, sha256: 'a'.repeat(64) } as const
  given.state.assets.push({ id: assetId, kind: 'input', storage_key: key, ...facts, job_id: null, owner })
  given.storage.objects.set(key, { bytes: new Uint8Array(10), mime: 'image/png' })
  return { ...given, as: (caller: Caller) => callAs(given.deps, caller) }
}

describe('forge.create', () => {
  it('answers queued jobs with their inputs, place in the queue and what is left', async () => {
    const { as } = await setUp()

    const { jobs, limits } = await as(anonymous).forge.create(
      wish({ count: 2, expectedPrice: 2, seed: '18446744073709551615' }),
    )

    expect(jobs.map((job) => [job.ordinal, job.seed, job.status])).toEqual([
      [0, '18446744073709551615', 'queued'],
      [1, '0', 'queued'],
    ])
    expect(jobs[0]).toMatchObject({ mode: 'remix', variant: 'dev', steps: 28, queue: { ahead: 0, workersOnline: 1 } })
    expect(jobs[0]?.inputs).toMatchObject([{ role: 'base', weight: 1, asset: { id: assetId, width: 1_600 } }])
    expect(limits.free.left).toBe(10)
  })

  it('takes price, steps and model from the template and draws a seed', async () => {
    const { as, state } = await setUp()

    await as(anonymous).forge.create(wish())

    const [request] = state.enqueued
    expect(request).toMatchObject({ owner, anonymous: true, purse: 'free', expectedPrice: 1 })
    expect(request?.jobs[0]).toMatchObject({ price: 1, steps: 28, model_key: 'flux1-dev', params: {}, mask: null })
    expect(request?.jobs[0]?.seed).toMatch(/^\d{1,20}$/)
    expect(request?.buckets.map((bucket) => bucket.class)).toEqual(['account', 'network', 'wide'])
  })

  it('hashes the wish but neither the drawn seed nor the money', async () => {
    const { as, state } = await setUp()
    const press = async (changes: Partial<Wish>) => {
      state.enqueued.length = 0
      await as(anonymous).forge.create(wish(changes))
      return state.enqueued[0]?.requestHash
    }

    const first = await press({})

    expect(await press({ requestId: assetId, purse: 'free', expectedPrice: 7 })).toBe(first)
    expect(await press({ prompt: 'another' })).not.toBe(first)
    expect(await press({ seed: '1' })).not.toBe(first)
  })

  it('repeats the first answer for a repeated request id', async () => {
    const { as, state } = await setUp()

    const first = await as(anonymous).forge.create(wish())
    const second = await as(anonymous).forge.create(wish())

    expect(second.jobs.map((job) => job.id)).toEqual(first.jobs.map((job) => job.id))
    expect(state.jobs).toHaveLength(1)
  })

  it('sells no image of a non-commercial model until the operator states a licence', async () => {
    const { as, state } = await setUp()

    await expect(as(anonymous).forge.create(wish({ purse: 'credits' }))).rejects.toThrow('LICENCE_REQUIRED')
    state.settings.licences.push('flux1-dev')

    expect((await as(anonymous).forge.create(wish({ purse: 'credits' }))).jobs).toHaveLength(1)
  })

  it.each<[string, Record<string, unknown>, string, Record<string, unknown>]>([
    ['an unknown mode', { mode: 'nope' }, 'MODE_UNKNOWN', {}],
    ['a mode named after a property', { mode: 'constructor' }, 'MODE_UNKNOWN', {}],
    ['a prompt with NUL', { prompt: 'a\u0000b' }, 'PROMPT_INVALID', { path: 'prompt' }],
    ['a prompt with half a surrogate', { prompt: 'a\uD800' }, 'PROMPT_INVALID', { path: 'prompt' }],
    ['a prompt that names an embedding', { prompt: 'embedding: evil' }, 'PROMPT_INVALID', { path: 'prompt' }],
    ['a prompt of 2,001 characters', { prompt: 'x'.repeat(2_001) }, 'PROMPT_INVALID', { path: 'prompt' }],
    ['a prompt of a megabyte', { prompt: 'x'.repeat(1_000_000) }, 'PROMPT_INVALID', { path: 'prompt' }],
    ['creativity NaN', { creativity: Number.NaN }, 'INVALID_INPUT', { path: 'creativity' }],
    ['creativity 101', { creativity: 101 }, 'INVALID_INPUT', { path: 'creativity' }],
    ['chaos −1', { chaos: -1 }, 'INVALID_INPUT', { path: 'chaos' }],
    ['a seed past 64 bits', { seed: '18446744073709551616' }, 'INVALID_INPUT', { path: 'seed' }],
    ['five images', { count: 5 }, 'INVALID_INPUT', { path: 'count' }],
    [
      'five inputs',
      { inputs: Array.from({ length: 5 }, () => ({ assetId, role: 'base' })) },
      'INVALID_INPUT',
      { path: 'inputs' },
    ],
    ['no input', { inputs: [] }, 'INVALID_INPUT', { path: 'inputs', role: 'base', min: 1 }],
    [
      'two bases',
      { inputs: [0, 1].map(() => ({ assetId, role: 'base' })) },
      'INVALID_INPUT',
      { path: 'inputs', max: 1 },
    ],
    [
      'a role that the mode lacks',
      {
        inputs: [
          { assetId, role: 'base' },
          { assetId, role: 'style' },
        ],
      },
      'INVALID_INPUT',
      { role: 'style' },
    ],
    [
      'an asset that is not theirs',
      { inputs: [{ assetId: owner, role: 'base' }] },
      'ASSET_NOT_FOUND',
      { asset: owner },
    ],
    ['a price of their own', { price: 0 }, 'INVALID_INPUT', { path: '' }],
  ])('refuses %s', async (_name, changes, code, data) => {
    const { as, state } = await setUp()

    const refused = as(anonymous).forge.create({ ...wish(), ...changes })

    await expect(refused).rejects.toMatchObject({ message: code, cause: { code, data: expect.objectContaining(data) } })
    expect(state.enqueued).toEqual([])
  })

  it('says that a mode without a chosen variant is unavailable', async () => {
    const { as, state } = await setUp()
    state.settings.variants = {}

    await expect(as(anonymous).forge.create(wish())).rejects.toThrow('MODE_UNAVAILABLE')
  })
})

describe('who may call', () => {
  it.each<[Caller, string]>([
    [{ kind: 'visitor' }, 'UNAUTHENTICATED'],
    [{ kind: 'invalid', expired: true }, 'UNAUTHENTICATED'],
    [{ kind: 'worker', workerId: owner }, 'FORBIDDEN'],
    [{ kind: 'unknown' }, 'UNAVAILABLE'],
  ])('forge.create: not $kind', async (caller, code) => {
    const { as } = await setUp()

    await expect(as(caller).forge.create(wish())).rejects.toThrow(code)
  })

  it.each<[Caller, string]>([
    [{ kind: 'visitor' }, 'UNAUTHENTICATED'],
    [anonymous, 'FORBIDDEN'],
    [{ kind: 'invalid', expired: false }, 'UNAUTHENTICATED'],
  ])('worker.claim: not $kind', async (caller, code) => {
    const { as } = await setUp()

    await expect(as(caller).worker.claim({ warm: [] })).rejects.toThrow(code)
  })

  it('forge.quote: a visitor, but not with a bad token', async () => {
    const { as } = await setUp()

    expect(await as({ kind: 'visitor' }).forge.quote({ mode: 'remix', count: 2 })).toMatchObject({
      purse: 'free',
      price: 2,
      queue: { ahead: 0, workersOnline: 1, etaMs: 9_001 },
      refusal: null,
    })
    await expect(as({ kind: 'invalid', expired: true }).forge.quote({ mode: 'remix' })).rejects.toThrow(
      'UNAUTHENTICATED',
    )
  })

  it('account.merge: permanent accounts alone, with the token of an anonymous one', async () => {
    const { as, deps } = await setUp()
    const permanent: Caller = { kind: 'user', user: { id: assetId, anonymous: false } }
    const { token } = await deps.tokens.signWorker(owner)

    await expect(as(anonymous).account.merge({ from: token })).rejects.toThrow('FORBIDDEN')
    await expect(as(permanent).account.merge({ from: token })).rejects.toThrow('INVALID_INPUT')
  })
})

describe('forge.quote', () => {
  it('says that a mode is unavailable when credits cannot buy it', async () => {
    const { as, state } = await setUp()
    state.quote = { ...plentyLeft, purse: 'credits' }

    expect(await as(anonymous).forge.quote({ mode: 'remix' })).toMatchObject({ price: 1, refusal: 'MODE_UNAVAILABLE' })
    state.quote = { ...plentyLeft, purse: 'credits', refusal: 'PURSE_EMPTY' }
    expect((await as(anonymous).forge.quote({ mode: 'remix' })).refusal).toBe('MODE_UNAVAILABLE')
  })
})

describe('a mode that no box online can run', () => {
  const elsewhere = { id: owner, capabilities: { templates: ['style/sdxl'], standIn: true, toy: false } }

  it('is quoted as unavailable and refused, while a press of before is answered', async () => {
    const { as, state } = await setUp()
    const first = await as(anonymous).forge.create(wish())
    state.workers.push(elsewhere)
    state.quote = { ...plentyLeft, queue: { ...plentyLeft.queue, workers_online: 0, eta_ms: null } }

    expect(await as(anonymous).forge.quote({ mode: 'remix' })).toMatchObject({
      refusal: 'MODE_UNAVAILABLE',
      queue: { workersOnline: 0 },
    })
    await expect(as(anonymous).forge.create(wish({ requestId: assetId }))).rejects.toThrow('MODE_UNAVAILABLE')
    expect((await as(anonymous).forge.create(wish())).jobs[0]?.id).toBe(first.jobs[0]?.id)
  })

  it('is taken while a box for it may come: one was here lately, or can be rented', async () => {
    const { as, state } = await setUp()
    state.workers.push(elsewhere)
    state.coming.push('remix/dev')
    state.quote = { ...plentyLeft, queue: { ...plentyLeft.queue, workers_online: 0, eta_ms: null } }

    expect(await as(anonymous).forge.quote({ mode: 'remix' })).toMatchObject({ refusal: null })
    expect((await as(anonymous).forge.create(wish())).jobs).toHaveLength(1)
  })

  it('waits for a box while none is online at all', async () => {
    const { as, state } = await setUp()
    state.quote = { ...plentyLeft, queue: { ...plentyLeft.queue, workers_online: 0, eta_ms: null } }

    expect(await as(anonymous).forge.quote({ mode: 'remix' })).toMatchObject({ refusal: null })
    expect((await as(anonymous).forge.create(wish())).jobs).toHaveLength(1)
  })
})

describe('forge.get', () => {
  it('finds no job of another user', async () => {
    const { as } = await setUp()
    const { jobs } = await as(anonymous).forge.create(wish())
    const other: Caller = { kind: 'user', user: { id: requestId, anonymous: false } }
    const id = jobs[0]?.id ?? ''

    expect((await as(anonymous).forge.get({ id })).id).toBe(id)
    await expect(as(other).forge.get({ id })).rejects.toThrow('JOB_NOT_FOUND')
    expect((await as(other).forge.list({})).items).toEqual([])
  })
})

describe('an error', () => {
  it('that nobody foresaw shows nothing of itself', async () => {
    const { deps } = await testDeps()
    deps.database.settings = () => Promise.reject(new Error('password is hunter2'))

    const refused = callAs(deps, anonymous).forge.create(wish())

    await expect(refused).rejects.toMatchObject({ message: 'INTERNAL', code: 'INTERNAL_SERVER_ERROR' })
  })

  it('of an unreachable database is UNAVAILABLE', async () => {
    const { deps } = await testDeps()
    deps.database.settings = () => Promise.reject(new ForgeError('UNAVAILABLE'))

    await expect(callAs(deps, anonymous).modes.list()).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' })
  })
})
