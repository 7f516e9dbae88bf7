import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { JobRow } from '#server/adapters/database/rows.ts'
import { callAs, testDeps } from '#server/testing/deps.ts'
import { flat, jpeg, png } from '#server/testing/images.ts'
import type { Caller } from '#server/trpc/context.ts'
import { ForgeError } from '#shared/errors.ts'

const job = '0199aaaa-0000-7000-8000-00000000000c'
const worker: Caller = { kind: 'worker', workerId: '0199aaaa-0000-7000-8000-00000000000d' }

function describeFile(bytes: Uint8Array, changes: { name?: string; kind?: 'output' | 'preview' | 'input' } = {}) {
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  return {
    name: 'output-0',
    kind: 'output' as const,
    mime: 'image/png' as const,
    bytes: bytes.byteLength,
    sha256,
    ...changes,
  }
}

/** A running job whose worker asked for a place for each file and uploaded it. */
async function handIn(...files: { bytes: Uint8Array; file: ReturnType<typeof describeFile> }[]) {
  const given = await testDeps()
  given.state.jobs.push({ id: job, status: 'running', mode: 'remix', variant: 'dev' } as JobRow)
  const api = callAs(given.deps, worker)
  const tickets = await api.worker.uploads({ job, epoch: 1, files: files.map(({ file }) => file) })
  const staged = files.map(({ bytes, file }, index) => {
    const stagingKey = tickets[index]?.stagingKey ?? ''
    given.storage.objects.set(stagingKey, { bytes, mime: file.mime })
    return { ...file, stagingKey }
  })
  const complete = (changed: typeof staged = staged, epoch = 1) =>
    api.worker.complete({ job, epoch, files: changed, gpuMs: 1_000, stageMs: { sampling: 900 } })
  return { ...given, staged, complete, keys: () => [...given.storage.objects.keys()] }
}

describe('worker.complete', () => {
  it('keeps the checked bytes under final keys and empties the staging area', async () => {
    const bytes = await png()
    const { complete, keys, state, storage } = await handIn(
      { bytes, file: describeFile(bytes) },
      { bytes: await flat(), file: describeFile(await flat(), { name: 'preview-0', kind: 'preview' }) },
    )

    expect(await complete()).toEqual({ status: 'succeeded' })

    expect(state.assets.map(({ kind, width, height, job_id }) => [kind, width, height, job_id])).toEqual([
      ['output', 96, 80, job],
      ['preview', 96, 80, job],
    ])
    expect(keys().toSorted()).toEqual(state.assets.map((asset) => asset.storage_key).toSorted())
    expect(keys().every((key) => key.startsWith(`outputs/${job}/`))).toBe(true)
    expect(storage.objects.get(state.assets[0]?.storage_key ?? '')?.bytes).toEqual(bytes)
  })

  it('answers the same when it is repeated after success', async () => {
    const bytes = await png()
    const { complete, state } = await handIn({ bytes, file: describeFile(bytes) })

    await complete()

    expect(await complete()).toEqual({ status: 'succeeded' })
    expect(state.assets).toHaveLength(1)
  })

  it('answers the same when the other of two calls was first', async () => {
    const bytes = await png()
    const { complete, deps, storage, state } = await handIn({ bytes, file: describeFile(bytes) })
    const read = storage.read
    deps.storage = {
      ...storage,
      read: (key, limit) => {
        Object.assign(state.jobs[0] ?? {}, { status: 'succeeded' })
        storage.objects.delete(key)
        return read(key, limit)
      },
    }

    expect(await complete()).toEqual({ status: 'succeeded' })
  })

  it.each<[string, () => Promise<Uint8Array>, string]>([
    ['black image', flat, 'uniform'],
    ['JPEG called a PNG', jpeg, 'type'],
    ['cut file', async () => (await png()).subarray(0, 500), 'unreadable'],
  ])('refuses a %s and keeps nothing of it', async (_name, make, reason) => {
    const bytes = await make()
    const { complete, keys } = await handIn({ bytes, file: describeFile(bytes) })

    await expect(complete()).rejects.toMatchObject({ cause: { code: 'OUTPUT_INVALID', data: { reason } } })
    expect(keys().filter((key) => key.startsWith('outputs/'))).toEqual([])
  })

  it.each<[string, Record<string, unknown>, string]>([
    ['another size', { bytes: 5 }, 'size'],
    ['another hash', { sha256: 'b'.repeat(64) }, 'sha256'],
    ['the key of another file', { name: 'output-1' }, 'key'],
    ['a key that we never signed', { stagingKey: 'staging/00000000-0000-4000-8000-000000000000' }, 'key'],
    ['an object that users see', { stagingKey: 'inputs/someone.png' }, 'key'],
    ['a kind that is not a worker’s', { kind: 'input' }, 'kind'],
  ])('refuses %s', async (_name, changes, reason) => {
    const bytes = await png()
    const { complete, staged } = await handIn({ bytes, file: describeFile(bytes) })

    const refused = complete(staged.map((file) => ({ ...file, ...changes })))

    await expect(refused).rejects.toMatchObject({ cause: { code: 'OUTPUT_INVALID', data: { reason } } })
  })

  it('refuses a file that belongs to an earlier attempt', async () => {
    const bytes = await png()
    const { complete, staged } = await handIn({ bytes, file: describeFile(bytes) })

    await expect(complete(staged, 2)).rejects.toMatchObject({ cause: { data: { reason: 'key' } } })
  })

  it('refuses one file handed in twice', async () => {
    const bytes = await png()
    const { complete, staged } = await handIn({ bytes, file: describeFile(bytes) })

    await expect(complete([...staged, ...staged])).rejects.toMatchObject({ cause: { data: { reason: 'name twice' } } })
  })

  it('refuses success without an image', async () => {
    const bytes = await png()
    const preview = describeFile(bytes, { name: 'preview-0', kind: 'preview' })
    const { complete } = await handIn({ bytes, file: preview })

    await expect(complete()).rejects.toMatchObject({ cause: { data: { reason: 'no output' } } })
  })

  it('removes what it stored when the database refuses', async () => {
    const bytes = await png()
    const { complete, deps, keys } = await handIn({ bytes, file: describeFile(bytes) })
    deps.database.completeJob = () => Promise.reject(new ForgeError('EPOCH_STALE', { epoch: 2 }))

    await expect(complete()).rejects.toThrow('EPOCH_STALE')
    expect(keys().filter((key) => key.startsWith('outputs/'))).toEqual([])
  })
})

describe('worker.complete, when the database is not heard', () => {
  it('keeps the files of a job that succeeded nevertheless', async () => {
    const bytes = await png()
    const { complete, deps, state, storage } = await handIn({ bytes, file: describeFile(bytes) })
    const record = deps.database.completeJob
    deps.database.completeJob = async (...args) => {
      await record(...args)
      throw new ForgeError('UNAVAILABLE')
    }

    expect(await complete()).toEqual({ status: 'succeeded' })
    expect(storage.objects.has(state.assets[0]?.storage_key ?? '')).toBe(true)
  })

  it('keeps them too while nobody can say how it ended, and answers the repeated call', async () => {
    const bytes = await png()
    const { complete, deps, state, storage } = await handIn({ bytes, file: describeFile(bytes) })
    const { completeJob, checkAttempt } = deps.database
    let checks = 0
    deps.database.checkAttempt = (attempt) =>
      (checks += 1) === 2 ? Promise.reject(new ForgeError('UNAVAILABLE')) : checkAttempt(attempt)
    deps.database.completeJob = async (...args) => {
      await completeJob(...args)
      throw new ForgeError('UNAVAILABLE')
    }

    await expect(complete()).rejects.toThrow('UNAVAILABLE')

    expect(await complete()).toEqual({ status: 'succeeded' })
    expect(storage.objects.has(state.assets[0]?.storage_key ?? '')).toBe(true)
  })

  it('removes its own copies when another call of the same attempt was first', async () => {
    const bytes = await png()
    const { complete, deps, state, keys } = await handIn({ bytes, file: describeFile(bytes) })
    const { completeJob } = deps.database
    let first: Promise<unknown> | undefined
    deps.database.completeJob = async (...args) => {
      if (first) return { status: 'succeeded' }
      return completeJob(...(await (first = Promise.resolve(args))))
    }

    expect(await Promise.all([complete(), complete()])).toEqual([{ status: 'succeeded' }, { status: 'succeeded' }])
    expect(keys()).toEqual([state.assets[0]?.storage_key])
  })
})

describe('worker.claim', () => {
  const claimed = {
    id: '0199aaaa-0000-7000-8000-00000000000d',
    epoch: 2,
    mode: 'remix',
    variant: 'dev',
    model_key: 'flux1-dev',
    lease_until: '2026-11-23T12:00:30.000Z',
    spec: { prompt: 'x', negative: '', creativity: 50, chaos: 30, seed: '1', params: {}, workflow_hash: 'x' },
    inputs: [],
    mask: null,
  }

  it('ends a job whose input is gone from storage, and takes the next one', async () => {
    const { deps, storage } = await testDeps()
    const facts = { mime: 'image/png', width: 96, height: 80, bytes: 9, sha256: 'a'.repeat(64) } as const
    const image = (name: string) => ({
      asset_id: '0199aaaa-0000-7000-8000-00000000000e',
      storage_key: `inputs/${name}.png`,
      role: 'base' as const,
      weight: 1,
      order: 0,
      ...facts,
    })
    storage.objects.set('inputs/there.png', { bytes: await png(), mime: 'image/png' })
    const queue = [
      { ...claimed, inputs: [image('there'), image('gone')] },
      { ...claimed, id: job, inputs: [image('there')] },
    ]
    const ended: unknown[] = []
    deps.database.claimJob = () => Promise.resolve(queue.shift() ?? null)
    deps.database.failJob = (attempt, failure) =>
      Promise.resolve({ status: ended.push([attempt.job, failure]) > 0 ? 'failed' : 'queued' })

    const next = await callAs(deps, worker).worker.claim({ warm: [] })

    expect(next).toMatchObject({ id: job, inputs: [{ url: 'http://storage.test/inputs/there.png' }] })
    expect(ended).toMatchObject([[claimed.id, { code: 'INPUT_GONE', retry: false, blame: false }]])
  })

  it('gives a job back whose inputs cannot be signed while storage is away', async () => {
    const { deps } = await testDeps()
    const released: unknown[] = []
    deps.database.claimJob = () => Promise.resolve(claimed)
    deps.database.releaseJob = (attempt) => {
      released.push(attempt)
      return Promise.resolve({ status: 'queued' })
    }
    deps.storage.signDownloads = () => Promise.reject(new ForgeError('UNAVAILABLE'))

    await expect(callAs(deps, worker).worker.claim({ warm: [] })).rejects.toThrow('UNAVAILABLE')

    expect(released).toMatchObject([{ job: claimed.id, epoch: 2 }])
  })
})

describe('an input that storage has not', () => {
  const key = 'inputs/0199aaaa-0000-7000-8000-00000000000e.png'
  const failing = { job, epoch: 1, code: 'INPUT_GONE', retry: false, detail: 'input answered 404' } as const

  async function failed(changes: { stored?: boolean; away?: boolean }) {
    const { deps, storage } = await testDeps()
    const told: unknown[] = []
    deps.database.attemptInputs = () => Promise.resolve([key])
    deps.database.failJob = (_attempt, failure) =>
      Promise.resolve({ status: told.push(failure) > 0 ? 'failed' : 'queued' })
    if (changes.stored) storage.objects.set(key, { bytes: await png(), mime: 'image/png' })
    if (changes.away) deps.storage = { ...storage, read: () => Promise.reject(new ForgeError('UNAVAILABLE')) }
    const answer = await callAs(deps, worker)
      .worker.fail(failing)
      .catch((error: Error) => error.message)
    return { answer, told }
  }

  it('ends the job for good, and is no blame of the box that says so', async () => {
    expect((await failed({})).told).toMatchObject([{ code: 'INPUT_GONE', retry: false, blame: false }])
  })

  it('is no box’s to claim: where the server finds it another box tries', async () => {
    expect((await failed({ stored: true })).told).toEqual([
      { code: 'INPUT_UNREADABLE', retry: true, detail: 'input answered 404' },
    ])
  })

  it('is not believed while storage is away: the box says it again', async () => {
    expect(await failed({ away: true })).toEqual({ answer: 'UNAVAILABLE', told: [] })
  })
})

describe('worker.session', () => {
  it('answers a token that worker calls accept, and where to use it', async () => {
    const { deps } = await testDeps()
    const capabilities = { templates: ['remix/dev'], gpu: 'none', vramBytes: 0, comfyVersion: '0', standIn: true }
    const instance = '0199aaaa-0000-7000-8000-00000000000e'

    const session = await callAs(deps, { kind: 'visitor' }).worker.session({
      key: 'fwk_'.padEnd(30, 'x'),
      instance,
      capabilities,
    })

    expect(await deps.tokens.identify(session.token)).toEqual({ kind: 'worker', workerId: instance })
    expect(session).toMatchObject({ expiresAt: '2026-11-23T12:10:00.000Z', publishableKey: 'sb_publishable_test' })
  })
})

describe('a revoked worker', () => {
  it('E07 is refused at every call, whatever its token says', async () => {
    const { deps } = await testDeps()
    deps.database.checkWorker = () => Promise.reject(new ForgeError('WORKER_REVOKED'))

    await expect(callAs(deps, worker).worker.claim({ warm: [] })).rejects.toThrow('WORKER_REVOKED')
  })
})
