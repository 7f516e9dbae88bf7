import { afterAll, beforeAll, expect, it } from 'vitest'
import { png } from '#server/testing/images.ts'
import { type LiveServer, type Person, refusalOf, startLiveServer } from '#server/testing/live-server.ts'
import { stageOutput, wishOf } from '#server/testing/pressing.ts'

let server: LiveServer
let artist: Person
let worker: Awaited<ReturnType<LiveServer['worker']>>

beforeAll(async () => {
  server = await startLiveServer()
  artist = await server.anonymous()
  worker = await server.worker()
})
afterAll(() => server[Symbol.asyncDispose]())

/** Presses once and claims it, so that the image is in work. */
async function running() {
  const { jobs } = await artist.api.forge.create.mutate(await wishOf(artist))
  const claim = await worker.api.worker.claim.mutate({ warm: [] })
  if (!claim) throw new Error('nothing was claimed')
  return { jobId: jobs[0]?.id ?? '', attempt: { job: claim.id, epoch: claim.epoch } }
}

async function finish(attempt: { job: string; epoch: number }): Promise<void> {
  const { file } = await stageOutput(worker.api, attempt, await png({ width: 128, height: 96 }))
  await worker.api.worker.complete.mutate({ ...attempt, gpuMs: 1, stageMs: {}, files: [file] })
}

const stranger = () => server.api(null)

it('a link follows its image from work to result, and shows nobody what it was made from', async () => {
  const { jobId, attempt } = await running()
  const { slug } = await artist.api.shares.create.mutate({ jobId, recipe: false })

  expect(await stranger().shares.view.query({ slug })).toMatchObject({ status: 'running', steps: 4, output: null })
  await finish(attempt)
  const view = await stranger().shares.view.query({ slug })

  expect(view).toMatchObject({ status: 'succeeded', standIn: true, recipe: null, output: { width: 128, height: 96 } })
  expect(JSON.stringify(view)).not.toMatch(/lighthouse|inputs\/|works\/|masks\//)
  expect(JSON.stringify(view)).not.toContain(artist.id)
  for (const size of ['image', 'full']) {
    const { status, headers } = await fetch(`${server.url}/s/${slug}/${size}`)
    expect([status, headers.get('content-type')]).toEqual([200, expect.stringMatching(/^image\//)])
  }
})

it('a link with the recipe tells prompt and seed; asking twice is one link', async () => {
  const { jobId, attempt } = await running()
  await finish(attempt)

  const first = await artist.api.shares.create.mutate({ jobId, recipe: true })
  const second = await artist.api.shares.create.mutate({ jobId, recipe: true })

  expect(second.slug).toBe(first.slug)
  expect(first.slug).toMatch(/^[\w-]{22}$/)
  expect((await stranger().shares.view.query({ slug: first.slug })).recipe).toMatchObject({
    prompt: 'a lighthouse of bone',
    seed: '7',
  })
  expect(await artist.api.shares.list.query({ jobId })).toMatchObject([{ slug: first.slug, recipe: true }])
})

it('a revoked link, a deleted image, an unknown address and a failed image are one answer', async () => {
  const { jobId, attempt } = await running()
  const { id, slug } = await artist.api.shares.create.mutate({ jobId, recipe: false })
  const { slug: other } = await artist.api.shares.create.mutate({ jobId, recipe: true })
  await finish(attempt)

  await artist.api.shares.revoke.mutate({ id })
  await artist.api.shares.revoke.mutate({ id })
  await artist.api.gallery.remove.mutate({ ids: [jobId] })

  for (const dead of [slug, other, 'a'.repeat(22)]) {
    expect((await refusalOf(stranger().shares.view.query({ slug: dead }))).code).toBe('NOT_FOUND')
    expect((await fetch(`${server.url}/s/${dead}/image`)).status).toBe(404)
    expect((await fetch(`${server.url}/s/${dead}/full`)).status).toBe(404)
  }
  expect((await refusalOf(artist.api.shares.create.mutate({ jobId, recipe: false }))).code).toBe('JOB_NOT_FOUND')
  const anew = await running()
  await artist.api.forge.cancel.mutate({ id: anew.jobId })
  expect((await refusalOf(artist.api.shares.create.mutate({ jobId: anew.jobId, recipe: false }))).code).toBe(
    'JOB_NOT_FOUND',
  )
})

it('only its owner links, lists and revokes', async () => {
  const { jobId, attempt } = await running()
  await finish(attempt)
  const { id } = await artist.api.shares.create.mutate({ jobId, recipe: false })
  const thief = await server.anonymous()

  expect((await refusalOf(thief.api.shares.create.mutate({ jobId, recipe: false }))).code).toBe('JOB_NOT_FOUND')
  expect(await thief.api.shares.list.query({ jobId })).toEqual([])
  expect((await refusalOf(thief.api.shares.revoke.mutate({ id }))).code).toBe('NOT_FOUND')
})
