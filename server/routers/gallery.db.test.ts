import { afterAll, beforeAll, expect, it } from 'vitest'
import { png } from '#server/testing/images.ts'
import { type LiveServer, refusalOf, startLiveServer } from '#server/testing/live-server.ts'
import { stageOutput, wishOf } from '#server/testing/pressing.ts'

let server: LiveServer

beforeAll(async () => {
  server = await startLiveServer()
})
afterAll(() => server[Symbol.asyncDispose]())

/** One finished image of an artist, made by a worker that hands in no thumbnail. */
async function finished() {
  const artist = await server.anonymous()
  const worker = await server.worker()
  await artist.api.forge.create.mutate(await wishOf(artist))
  const claim = await worker.api.worker.claim.mutate({ warm: [] })
  if (!claim) throw new Error('nothing was claimed')
  const attempt = { job: claim.id, epoch: claim.epoch }
  const { file } = await stageOutput(worker.api, attempt, await png({ width: 128, height: 96 }))
  await worker.api.worker.complete.mutate({ ...attempt, gpuMs: 1, stageMs: {}, files: [file] })
  return { artist, id: claim.id }
}

it('an image without a thumbnail is shown by what there is, and comes down under its own name', async () => {
  const { artist, id } = await finished()

  const page = await artist.api.gallery.list.query({ text: 'LIGHTHOUSE bone' })
  const [file] = await artist.api.gallery.download.query({ ids: [id] })

  expect(page).toMatchObject({ left: 1, total: 1, nextCursor: null })
  expect(page.items).toEqual([[id, 128, 96, expect.stringMatching(/^#[0-9a-f]{6}$/), false, false]])
  expect(page.cards).toMatchObject([{ id, prompt: 'a lighthouse of bone', deleted: false }])
  expect((await fetch(page.cards[0]?.thumb?.url ?? '')).status).toBe(200)
  expect(file?.name).toMatch(/^[0-9a-f]{8}-a-lighthouse-of-bone\.png$/)
})

it('what is removed is gone from the lists and says so where it is asked for by name, until it is restored', async () => {
  const { artist, id } = await finished()

  expect((await artist.api.gallery.remove.mutate({ ids: [id] })).ids).toEqual([id])
  expect((await artist.api.gallery.list.query({})).items).toEqual([])
  expect(await artist.api.gallery.download.query({ ids: [id] })).toEqual([])
  expect(await artist.api.forge.get.query({ id })).toMatchObject({ deleted: true, outputs: [] })
  expect((await artist.api.account.export.query({ part: 'jobs' })).items).toMatchObject([{ id, deleted: true }])

  expect(await artist.api.gallery.restore.mutate({ ids: [id] })).toEqual({ ids: [id] })
  await artist.api.gallery.favourite.mutate({ ids: [id], favourite: true })
  expect((await artist.api.gallery.list.query({ favourite: true })).items).toHaveLength(1)
})

it('a result that became an input is its parent', async () => {
  const { artist, id } = await finished()
  const { outputs } = await artist.api.forge.get.query({ id })
  const inputs = [{ assetId: outputs[0]?.id ?? '', role: 'base' as const }]

  const { jobs } = await artist.api.forge.create.mutate(await wishOf(artist, { inputs }))

  expect(jobs[0]?.parents).toEqual([id])
  const line = await artist.api.gallery.lineage.query({ id: jobs[0]?.id ?? '' })
  expect(line.sources).toMatchObject([{ role: 'base', parent: { id, deleted: false } }])
  const other = await server.anonymous()
  expect((await refusalOf(other.api.gallery.lineage.query({ id }))).code).toBe('JOB_NOT_FOUND')
})

it('a cursor that is none is refused by name', async () => {
  const artist = await server.anonymous()

  expect((await refusalOf(artist.api.gallery.list.query({ cursor: 'x' }))).code).toBe('INVALID_INPUT')
  const [from, to] = ['0000-01-01T00:00:00Z', '0000-01-01T00:00:00Z']
  expect((await refusalOf(artist.api.gallery.list.query({ from, to }))).code).toBe('INVALID_INPUT')
  const impossible = '2026-99-99T99:99:99_00000000-0000-0000-0000-000000000000'
  expect((await refusalOf(artist.api.gallery.list.query({ cursor: impossible }))).code).toBe('INVALID_INPUT')
})

it('a moment or a word that Postgres cannot read is refused by name, in the filter that holds it', async () => {
  const artist = await server.anonymous()
  const fraction = `2026-11-24T00:00:00.${'1'.repeat(150)}Z`

  for (const from of ['2026-11-24T00:00:00+23:59', '2026-11-24T00:00:00-16:00', fraction]) {
    expect(await refusalOf(artist.api.gallery.list.query({ from }))).toMatchObject({ data: { path: 'from' } })
  }
  for (const text of ['a\0b', '\uD83D', 'x\uDC31']) {
    expect(await refusalOf(artist.api.gallery.list.query({ text }))).toMatchObject({ data: { path: 'text' } })
  }
  expect((await artist.api.gallery.list.query({ from: '2026-11-24T00:00:00+15:59', text: '🐱' })).items).toEqual([])
})
