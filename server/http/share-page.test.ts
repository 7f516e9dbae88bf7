import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createApp } from '#server/app.ts'
import { createRateLimits } from '#server/http/rate-limits.ts'
import { plentiful, testDeps } from '#server/testing/deps.ts'

const owner = '0199aaaa-0000-7000-8000-000000000001'
const job = '0199aaaa-0000-7000-8000-00000000000c'
const slug = 'abcdefghijklmnopqrstuv'
let clientDist = ''

beforeAll(async () => {
  clientDist = await mkdtemp(join(tmpdir(), 'forge-share-'))
  await writeFile(join(clientDist, 'index.html'), '<html><head></head><body></body></html>')
})
afterAll(() => rm(clientDist, { recursive: true }))

async function setUp(recipe: boolean, queries = plentiful.addressQueries) {
  const rates = createRateLimits({ ...plentiful, addressQueries: queries }, null)
  const { deps, state, storage } = await testDeps({ rates })
  deps.config = { ...deps.config, clientDist }
  const fixed = { owner, request_id: job, ordinal: 0, purse: 'free', price: 1, returned: 0, error_code: null } as const
  const done = { status: 'succeeded', stage: 'saving', epoch: 1, version: 9, step: 28, steps: 28, progress: 1 } as const
  state.jobs.push({
    id: job,
    mode: 'remix',
    variant: 'dev',
    stand_in: true,
    favourite: false,
    deleted_at: null,
    transmission: 'a41f09c2',
    created_at: '2026-11-23T18:00:00.000001+00:00',
    started_at: null,
    finished_at: null,
    ...fixed,
    ...done,
  })
  const said = { prompt: 'a "cat" <b>', negative: '', creativity: 50, chaos: 30, seed: '7' }
  state.specs.push({ job_id: job, ...said, params: {}, inputs: [], mask: null })
  const key = `outputs/${job}/x.webp`
  const facts = { mime: 'image/webp', width: 1024, height: 768, bytes: 9, sha256: 'a'.repeat(64) } as const
  state.assets.push({ id: job, kind: 'preview', storage_key: key, ...facts, job_id: job, owner })
  storage.objects.set(key, { bytes: new Uint8Array(9), mime: 'image/webp' })
  await deps.database.createShare(owner, { id: job, job, slug, recipe })
  return createApp(deps)
}

test('the page of a link names its picture and keeps search engines away', async () => {
  const app = await setUp(false)

  const response = await app.request(`/s/${slug}`)
  const html = await response.text()

  expect([response.status, response.headers.get('x-robots-tag')]).toEqual([200, expect.stringContaining('noindex')])
  expect(html).toContain('<meta name="robots" content="noindex, nofollow, noimageindex" />')
  expect(html).toContain(`<meta property="og:image" content="http://forge.test/s/${slug}/image" />`)
  expect(html).not.toContain('cat')
})

test('a chosen recipe is told, with nothing that could end the tag', async () => {
  const app = await setUp(true)

  expect(await (await app.request(`/s/${slug}`)).text()).toContain('content="a &quot;cat&quot; &lt;b&gt;"')
})

test('the picture of a link is at an address of a minute, asked for anew at every load', async () => {
  const app = await setUp(false)

  const response = await app.request(`/s/${slug}/image`)

  expect([response.status, response.headers.get('cache-control')]).toEqual([302, 'no-store'])
  expect(response.headers.get('location')).toMatch(/outputs.*for=60/)
  expect((await app.request(`/s/${slug}/full`)).status).toBe(404)
})

test('a link that leads nowhere is the same page with 404 and tells nothing; a flood gets 429', async () => {
  const app = await setUp(true, 2)

  for (const dead of ['z'.repeat(22), '..%2f..%2fetc', 'short']) {
    const response = await app.request(`/s/${dead}`)
    expect([dead, response.status, (await response.text()).includes('og:')]).toEqual([dead, 404, false])
  }
  await app.request(`/s/${slug}`)
  expect((await app.request(`/s/${slug}`)).status).toBe(429)
})
