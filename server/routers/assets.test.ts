import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { createRateLimits } from '#server/http/rate-limits.ts'
import { callAs, plentiful, testDeps } from '#server/testing/deps.ts'
import { jpeg, png } from '#server/testing/images.ts'
import type { Caller } from '#server/trpc/context.ts'
import { ForgeError } from '#shared/errors.ts'

const user: Caller = { kind: 'user', user: { id: '0199aaaa-0000-7000-8000-000000000001', anonymous: true } }
const other: Caller = { kind: 'user', user: { id: '0199aaaa-0000-7000-8000-000000000002', anonymous: true } }

/** Takes a ticket and puts `bytes` where it says. */
async function upload(bytes: Uint8Array, mime: 'image/png' | 'image/jpeg' = 'image/png') {
  const given = await testDeps()
  const api = callAs(given.deps, user)
  const ticket = await api.assets.requestUpload({ mime, bytes: 1_000 })
  const stagingKey = new URL(ticket.url).pathname.slice(1)
  given.storage.objects.set(stagingKey, { bytes, mime })
  return { ...given, api, ticket, stagingKey, confirm: () => api.assets.confirm({ uploadId: ticket.uploadId }) }
}

describe('assets.confirm', () => {
  it('keeps the checked bytes under a final key and empties the staging area', async () => {
    const { confirm, storage, state } = await upload(await png())

    const asset = await confirm()

    expect(asset).toMatchObject({ kind: 'input', mime: 'image/png', width: 96, height: 80 })
    expect([...storage.objects.keys()]).toEqual([`inputs/${asset.id}.png`])
    expect(state.assets[0]?.storage_key).not.toContain(state.assets[0]?.owner)
  })

  it('answers the same asset when it is repeated', async () => {
    const { confirm, storage } = await upload(await png())

    const first = await confirm()

    expect((await confirm()).id).toBe(first.id)
    expect(storage.objects.size).toBe(1)
  })

  it('leaves one object behind when two confirms run at once', async () => {
    const { confirm, storage } = await upload(await png())

    const [one, two] = await Promise.all([confirm(), confirm()])

    expect(one.id).toBe(two.id)
    expect([...storage.objects.keys()].filter((key) => key.startsWith('inputs/'))).toEqual([`inputs/${one.id}.png`])
  })

  it('keeps the object of an asset that was recorded although nobody heard so', async () => {
    const { confirm, deps, storage } = await upload(await png())
    const { confirmUpload } = deps.database
    deps.database.confirmUpload = async (...args) => {
      await confirmUpload(...args)
      throw new ForgeError('UNAVAILABLE')
    }

    await expect(confirm()).rejects.toThrow('UNAVAILABLE')

    const asset = await confirm()
    expect(storage.objects.has(`inputs/${asset.id}.png`)).toBe(true)
  })

  it('goes by the bytes, not by the name', async () => {
    const { confirm } = await upload(await jpeg(), 'image/png')

    expect((await confirm()).mime).toBe('image/jpeg')
  })

  it('finds no upload of another user', async () => {
    const { deps, ticket } = await upload(await png())

    await expect(callAs(deps, other).assets.confirm({ uploadId: ticket.uploadId })).rejects.toThrow('UPLOAD_NOT_FOUND')
  })

  it('says that nothing was uploaded yet', async () => {
    const { confirm, storage } = await upload(await png())
    storage.objects.clear()

    await expect(confirm()).rejects.toThrow('UPLOAD_MISSING')
  })

  it.each<[string, Uint8Array, string]>([
    ['six megabytes', new Uint8Array(6 * 1024 * 1024), 'FILE_TOO_LARGE'],
    ['text', Buffer.from('hello'), 'FILE_TYPE_UNSUPPORTED'],
  ])('refuses %s and records nothing', async (_name, bytes, code) => {
    const { confirm, state } = await upload(bytes)

    await expect(confirm()).rejects.toMatchObject({ cause: { code } })
    expect(state.assets).toEqual([])
  })
})

describe('assets.prepareWork', () => {
  /** An image of the user on the bench, and Surgeon to prepare it for. */
  async function bench(size: { width: number; height: number }) {
    const given = await upload(await png(size))
    given.state.settings.variants['inpaint'] = 'sdxl'
    const asset = await given.confirm()
    const prepare = (assetId = asset.id) => given.api.assets.prepareWork({ assetId, mode: 'inpaint' })
    const read = (key: string) => given.storage.objects.get(key)?.bytes ?? new Uint8Array()
    return { ...given, asset, prepare, read }
  }

  it('of an image that is on the grid already has its pixels, bit by bit', async () => {
    const { asset, prepare, read } = await bench({ width: 1024, height: 1024 })

    const work = await prepare()

    expect(work).toMatchObject({ kind: 'work', mime: 'image/png', width: 1024, height: 1024 })
    const [before, after] = await Promise.all(
      [read(`inputs/${asset.id}.png`), read(`works/${work.id}.png`)].map((bytes) => sharp(bytes).raw().toBuffer()),
    )
    expect(after?.equals(before ?? Buffer.alloc(0))).toBe(true)
  })

  it('asked for twice at once leaves one object, and of itself is itself', async () => {
    const { prepare, storage } = await bench({ width: 64, height: 96 })

    const [one, two] = await Promise.all([prepare(), prepare()])

    expect(two.id).toBe(one.id)
    expect((await prepare(one.id)).id).toBe(one.id)
    expect([...storage.objects.keys()].filter((key) => key.startsWith('works/'))).toEqual([`works/${one.id}.png`])
  })

  it('counts like every other mutation', async () => {
    const { deps, prepare } = await bench({ width: 64, height: 64 })
    deps.rates = createRateLimits({ ...plentiful, accountMutations: 1 }, null)
    await prepare()

    await expect(prepare()).rejects.toThrow('RATE_LIMITED')
  })
})

describe('assets.requestUpload', () => {
  it.each([
    ['an SVG', { mime: 'image/svg+xml', bytes: 10 }],
    ['six megabytes', { mime: 'image/png', bytes: 6 * 1024 * 1024 }],
    ['nothing', { mime: 'image/png', bytes: 0 }],
  ])('refuses a ticket for %s', async (_name, input) => {
    const { deps } = await testDeps()

    await expect(callAs(deps, user).assets.requestUpload(input as never)).rejects.toThrow('INVALID_INPUT')
  })
})
