import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { flat, png } from '#server/testing/images.ts'
import { type LiveServer, refusalOf, startLiveServer } from '#server/testing/live-server.ts'
import { stageOutput, wishOf } from '#server/testing/pressing.ts'

let server: LiveServer

beforeAll(async () => {
  server = await startLiveServer()
})
afterAll(() => server[Symbol.asyncDispose]())

/** One press, claimed by a worker of its own. */
async function claimed() {
  const artist = await server.anonymous()
  const worker = await server.worker()
  const { jobs } = await artist.api.forge.create.mutate(await wishOf(artist))
  const claim = await worker.api.worker.claim.mutate({ warm: [] })
  if (!claim) throw new Error('nothing was claimed')
  return { artist, worker, claim, attempt: { job: claim.id, epoch: claim.epoch }, pressed: jobs[0]?.id ?? '' }
}

const times = { gpuMs: 900, stageMs: { sampling: 800 } }

describe('one image, end to end', () => {
  it('is pressed, claimed, handed in and seen', async () => {
    const { artist, worker, claim, attempt, pressed } = await claimed()
    const bytes = await png({ width: 128, height: 128 })

    expect(claim).toMatchObject({ id: pressed, epoch: 1, mode: 'remix', modelKey: 'flux1-schnell' })
    expect(claim.spec).toMatchObject({ prompt: 'a lighthouse of bone', seed: '7', creativity: 50, chaos: 30 })
    expect(JSON.stringify(claim)).not.toContain(artist.id)
    const [input] = claim.inputs
    const fetched = Buffer.from(await (await fetch(input?.url ?? '')).arrayBuffer())
    expect(createHash('sha256').update(fetched).digest('hex')).toBe(input?.sha256)

    const staged = await stageOutput(worker.api, attempt, bytes)
    expect(staged.status).toBe(200)
    const complete = () => worker.api.worker.complete.mutate({ ...attempt, ...times, files: [staged.file] })
    expect(await complete()).toEqual({ status: 'succeeded' })
    expect(await complete()).toEqual({ status: 'succeeded' })

    const job = await artist.api.forge.get.query({ id: pressed })
    expect(job).toMatchObject({
      status: 'succeeded',
      progress: 1,
      standIn: true,
      errorCode: null,
      queue: null,
      returned: 0,
    })
    expect(job.outputs).toMatchObject([{ kind: 'output', width: 128, height: 128, bytes: bytes.byteLength }])
    const shown = await fetch(job.outputs[0]?.url ?? '')
    expect([shown.status, Buffer.from(await shown.arrayBuffer()).equals(bytes)]).toEqual([200, true])
    expect((await artist.api.forge.list.query({})).items.map(({ id }) => id)).toEqual([pressed])
  })

  it('takes a free use and gives it back when canceled in the queue', async () => {
    const artist = await server.anonymous()
    const wish = await wishOf(artist)
    const before = (await artist.api.limits.mine.query()).free.left

    const { jobs, limits } = await artist.api.forge.create.mutate(wish)
    const canceled = await artist.api.forge.cancel.mutate({ id: jobs[0]?.id ?? '' })

    expect([limits.free.left, limits.jobs.open]).toEqual([before - 1, 1])
    expect(canceled).toMatchObject({ job: { status: 'canceled', returned: 1 }, limits: { jobs: { open: 0 } } })
    expect(canceled.limits.free.left).toBe(before)
  })

  it('keeps all images of a press in one page order', async () => {
    const artist = await server.permanent()
    await artist.api.forge.create.mutate(await wishOf(artist, { count: 4, expectedPrice: 4 }))

    const first = await artist.api.forge.list.query({ limit: 3 })
    const second = await artist.api.forge.list.query({ limit: 3, cursor: first.nextCursor ?? '' })

    expect([...first.items, ...second.items].map(({ ordinal }) => ordinal)).toEqual([3, 2, 1, 0])
    expect(second.nextCursor).toBeNull()
    for (const { id } of [...first.items, ...second.items]) await artist.api.forge.cancel.mutate({ id })
  })
})

describe('worker.complete', () => {
  it('refuses a black image and takes the real one after it', async () => {
    const { worker, attempt } = await claimed()
    const black = await stageOutput(worker.api, attempt, await flat())

    const refused = worker.api.worker.complete.mutate({ ...attempt, ...times, files: [black.file] })

    expect(await refusalOf(refused)).toEqual({ code: 'OUTPUT_INVALID', data: { name: 'output-0', reason: 'uniform' } })
    const real = await stageOutput(worker.api, attempt, await png())
    expect(await worker.api.worker.complete.mutate({ ...attempt, ...times, files: [real.file] })).toEqual({
      status: 'succeeded',
    })
  })

  it('refuses a file that was never uploaded', async () => {
    const { worker, attempt } = await claimed()
    const bytes = await png()
    const file = {
      name: 'output-0',
      kind: 'output',
      mime: 'image/png',
      bytes: bytes.byteLength,
      sha256: createHash('sha256').update(bytes).digest('hex'),
    } as const
    const [place] = await worker.api.worker.uploads.mutate({ ...attempt, files: [file] })

    const refused = worker.api.worker.complete.mutate({
      ...attempt,
      ...times,
      files: [{ ...file, stagingKey: place?.stagingKey ?? '' }],
    })

    expect(await refusalOf(refused)).toMatchObject({ code: 'UPLOAD_MISSING' })
    await worker.api.worker.fail.mutate({ ...attempt, code: 'UPLOAD_FAILED', retry: false })
  })

  it('E04 refuses an older epoch and another worker', async () => {
    const { worker, attempt } = await claimed()
    const stranger = await server.worker()
    // The box that handed it back may have it again at once, although others are there.
    await server.db.pool.query('update settings set box_elsewhere_s = 0')

    await worker.api.worker.release.mutate(attempt)
    const second = await worker.api.worker.claim.mutate({ warm: [] })

    expect(second).toMatchObject({ id: attempt.job, epoch: 2 })
    expect(await refusalOf(stageOutput(worker.api, attempt, await png()))).toMatchObject({ code: 'EPOCH_STALE' })
    const current = { job: attempt.job, epoch: 2 }
    expect((await refusalOf(stageOutput(stranger.api, current, await png()))).code).toMatch(
      /EPOCH_STALE|FORBIDDEN|JOB_NOT_FOUND/,
    )
    await worker.api.worker.fail.mutate({ ...current, code: 'GRAPH_INVALID', retry: false, detail: 'test' })
    expect(await refusalOf(stageOutput(worker.api, current, await png()))).toMatchObject({ code: 'JOB_OVER' })
  })
})

describe('a failure', () => {
  it('gives the free use back and names its cause', async () => {
    const { artist, worker, attempt, pressed } = await claimed()

    const ended = await worker.api.worker.fail.mutate({
      ...attempt,
      code: 'OUT_OF_MEMORY',
      retry: false,
      detail: 'secret path',
    })
    const job = await artist.api.forge.get.query({ id: pressed })

    expect(ended).toEqual({ status: 'failed' })
    expect(job).toMatchObject({ status: 'failed', errorCode: 'OUT_OF_MEMORY', returned: 1 })
    expect(JSON.stringify(job)).not.toContain('secret path')
  })
})

describe('a worker', () => {
  it('is let in by its key alone, and thrown out at once', async () => {
    const worker = await server.worker()
    const session = {
      instance: worker.id,
      capabilities: { templates: [], gpu: '', vramBytes: 0, comfyVersion: '', standIn: true },
    }

    expect(
      await refusalOf(server.api(null).worker.session.mutate({ ...session, key: 'fwk_'.padEnd(40, 'x') })),
    ).toMatchObject({ code: 'WORKER_KEY_INVALID' })
    await server.db.pool.query('update public.workers set revoked_at = now() where id = $1', [worker.id])

    expect(await refusalOf(worker.api.worker.claim.mutate({ warm: [] }))).toMatchObject({ code: 'WORKER_REVOKED' })
    expect(await refusalOf(server.api(null).worker.session.mutate({ ...session, key: worker.key }))).toMatchObject({
      code: 'WORKER_REVOKED',
    })
  })
})

describe('the books', () => {
  it('are balanced after all of it', async () => {
    expect((await server.db.pool.query('select * from public.audit_books()')).rows).toEqual([])
  })
})
