import { createHash, randomUUID } from 'node:crypto'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { painted, png } from '#server/testing/images.ts'
import { type LiveServer, type Person, refusalOf, startLiveServer, upload } from '#server/testing/live-server.ts'
import { type Wish, wishFor } from '#server/testing/pressing.ts'
import type { AssetView } from '#shared/assets/schema.ts'
import { fitToGrid } from '#shared/workflows/size.ts'

let server: LiveServer
let artist: Person
let stranger: Person
let input: AssetView
let work: AssetView
let mask: AssetView
let foreign: { input: AssetView; work: AssetView; mask: AssetView }

beforeAll(async () => {
  server = await startLiveServer()
  ;[artist, stranger] = await Promise.all([server.permanent(), server.anonymous()])
  await server.db.pool.query(`select public.grant_credits($1, 20, 'grant', 'test')`, [artist.id])
  ;[{ input, work, mask }, foreign] = await Promise.all([prepared(artist), prepared(stranger)])
})
afterAll(() => server[Symbol.asyncDispose]())

const area = { left: 64, top: 64, width: 200, height: 100 }

/** An image, its work image for Surgeon and a mask on it. */
async function prepared(person: Person) {
  const own = await (await upload(person.api, await png({ width: 160, height: 128 }))).confirm()
  const made = await person.api.assets.prepareWork.mutate({ assetId: own.id, mode: 'inpaint' })
  return { input: own, work: made, mask: await maskOn(person, made, await painted(made, area)) }
}

async function maskOn(person: Person, { id }: { id: string }, bytes: Uint8Array): Promise<AssetView> {
  const { ticket } = await upload(person.api, bytes)
  return person.api.assets.confirm.mutate({ uploadId: ticket.uploadId, maskOf: id })
}

const repaint = (changes: Partial<Wish> = {}): Wish => ({
  ...wishFor(work.id),
  mode: 'inpaint',
  inputs: [{ assetId: work.id, role: 'source' }],
  mask: { assetId: mask.id, grow: 4, feather: 8 },
  ...changes,
})

/** An asset that no upload would make, as a row alone. */
async function plant(owner: string, kind: string, width: number, height: number): Promise<string> {
  const id = randomUUID()
  await server.db.pool.query(
    `insert into assets (id, owner, kind, storage_key, mime, width, height, bytes, sha256)
     values ($1::uuid, $2, $3, 'test/' || $1::uuid, 'image/png', $4, $5, 9, repeat('ab', 32))`,
    [id, owner, kind, width, height],
  )
  return id
}

async function purse() {
  const { rows } = await server.db.pool.query(
    `select (select jsonb_build_object('balance', balance, 'held', held) from accounts where owner = $1) as account,
       (select count(*)::int from ledger where owner = $1) as entries, (select count(*)::int from free_holds) as holds,
       (select coalesce(sum(used), 0)::int from free_usage) as used, (select count(*)::int from jobs) as jobs`,
    [artist.id],
  )
  return rows[0]
}

describe('a work image', () => {
  it('has the size of the grid and is the same one however often and at once it is asked for', async () => {
    const { api } = artist
    const own = await (await upload(api, await png({ width: 96, height: 96 }))).confirm()
    const prepare = (assetId: string) => api.assets.prepareWork.mutate({ assetId, mode: 'inpaint' })

    const both = await Promise.all([prepare(own.id), prepare(own.id.toUpperCase())])
    const again = await prepare(both[0].id)

    expect(both[0]).toMatchObject({ kind: 'work', mime: 'image/png', ...fitToGrid(96, 96, 1_048_576, 64) })
    expect([both[1].id, again.id]).toEqual([both[0].id, both[0].id])
    const { rows } = await server.db.pool.query(
      `select (select count(*)::int from assets where parents = array[$1::uuid]) as assets,
         (select count(*)::int from storage.objects where name like 'works/%') as objects`,
      [own.id],
    )
    expect(rows).toEqual([{ assets: 1, objects: 3 }])
  })

  it.each<[string, () => { assetId: string; mode: string }, string]>([
    ['somebody else’s image', () => ({ assetId: foreign.input.id, mode: 'inpaint' }), 'ASSET_NOT_FOUND'],
    ['a mask', () => ({ assetId: mask.id, mode: 'inpaint' }), 'INVALID_INPUT'],
    ['a mode that repaints nothing', () => ({ assetId: input.id, mode: 'remix' }), 'INVALID_INPUT'],
    ['an unknown mode', () => ({ assetId: input.id, mode: 'nope' }), 'MODE_UNKNOWN'],
  ])('of or for %s is refused', async (_name, wish, code) => {
    expect((await refusalOf(artist.api.assets.prepareWork.mutate(wish()))).code).toBe(code)
  })
})

describe('a mask', () => {
  it.each<[string, () => Promise<Uint8Array>, () => string, Record<string, unknown>]>([
    [
      'of another size',
      () => painted({ width: 640, height: 512 }, area),
      () => work.id,
      { code: 'MASK_SIZE_MISMATCH', data: { width: 1152, height: 896 } },
    ],
    ['that is empty', () => painted(work, { ...area, width: 0 }), () => work.id, { code: 'MASK_EMPTY' }],
    ['on somebody else’s work image', () => painted(work, area), () => foreign.work.id, { code: 'ASSET_NOT_FOUND' }],
    ['on a plain image', () => painted(work, area), () => input.id, { code: 'WORK_IMAGE_REQUIRED' }],
  ])('%s is refused', async (_name, make, maskOf, expected) => {
    expect(await refusalOf(maskOn(artist, { id: maskOf() }, await make()))).toMatchObject(expected)
  })

  it('cannot become an image by confirming it again', async () => {
    const { ticket } = await upload(artist.api, await painted(work, area))
    const first = await artist.api.assets.confirm.mutate({ uploadId: ticket.uploadId, maskOf: work.id })

    expect(first.kind).toBe('mask')
    expect(await refusalOf(artist.api.assets.confirm.mutate({ uploadId: ticket.uploadId }))).toEqual({
      code: 'INVALID_INPUT',
      data: { path: 'maskOf' },
    })
  })
})

describe('a repaint', () => {
  it('shows work image, mask and negative, and the worker gets all of them', async () => {
    const worker = await server.worker()

    const { jobs } = await artist.api.forge.create.mutate(repaint({ negative: 'rust' }))
    const claim = await worker.api.worker.claim.mutate({})
    const [job] = jobs
    const read = await artist.api.forge.get.query({ id: job?.id ?? '' })

    expect(job).toMatchObject({ mode: 'inpaint', variant: 'sdxl', negative: 'rust' })
    expect(job?.inputs).toMatchObject([{ role: 'source', asset: { id: work.id, kind: 'work' } }])
    expect(job?.mask).toMatchObject({ grow: 4, feather: 8, asset: { id: mask.id, kind: 'mask', width: work.width } })
    expect(read).toMatchObject({ negative: 'rust', mask: { asset: { id: mask.id } }, inputs: job?.inputs ?? [] })
    expect(claim).toMatchObject({ id: job?.id, spec: { negative: 'rust', params: {} } })
    expect(claim?.mask).toMatchObject({ assetId: mask.id, grow: 4, feather: 8, width: work.width, mime: 'image/png' })
    const bytes = Buffer.from(await (await fetch(claim?.mask?.url ?? '')).arrayBuffer())
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(claim?.mask?.sha256)
    expect(await sharp(bytes).metadata()).toMatchObject({ channels: 3, width: work.width, height: work.height })
    await worker.api.worker.fail.mutate({ job: claim?.id ?? '', epoch: 1, code: 'INTERNAL', retry: false })
  })

  it('takes ids in any case for the same images', async () => {
    const requestId = randomUUID()
    const upper = repaint({
      requestId: requestId.toUpperCase(),
      inputs: [{ assetId: work.id.toUpperCase(), role: 'source' }],
      mask: { assetId: mask.id.toUpperCase(), grow: 4, feather: 8 },
    })

    const first = await artist.api.forge.create.mutate(upper)
    const second = await artist.api.forge.create.mutate(repaint({ requestId }))

    expect(first.jobs[0]).toMatchObject({ mask: { asset: { id: mask.id } }, inputs: [{ asset: { id: work.id } }] })
    expect(second.jobs.map(({ id }) => id)).toEqual(first.jobs.map(({ id }) => id))
    await artist.api.forge.cancel.mutate({ id: (first.jobs[0]?.id ?? '').toUpperCase() })
  })
})

describe('bad input is refused and nothing is charged:', () => {
  const ref = (role: 'base' | 'composition' | 'style' | 'source', id = input.id) => ({ assetId: id, role })
  const style = (...refs: Wish['inputs']) => ({ mode: 'style', mask: null, inputs: refs })

  it.each<[string, () => Partial<Wish> | Promise<Partial<Wish>>, string]>([
    ['no mask', () => ({ mask: null }), 'MASK_REQUIRED'],
    ['somebody else’s mask', () => ({ mask: { assetId: foreign.mask.id } }), 'ASSET_NOT_FOUND'],
    ['an image for a mask', () => ({ mask: { assetId: input.id } }), 'INVALID_INPUT'],
    [
      'a mask of another size',
      async () => ({ mask: { assetId: await plant(artist.id, 'mask', 1024, 1024) } }),
      'MASK_SIZE_MISMATCH',
    ],
    [
      'a mask that is shrunk until nothing is left',
      () => ({ mask: { assetId: mask.id, grow: -60, feather: 10 } }),
      'MASK_EMPTY',
    ],
    ['a mask that grows past its limit', () => ({ mask: { assetId: mask.id, grow: 65 } }), 'INVALID_INPUT'],
    ['somebody else’s work image', () => ({ inputs: [ref('source', foreign.work.id)] }), 'ASSET_NOT_FOUND'],
    ['an image that was not prepared', () => ({ inputs: [ref('source')] }), 'WORK_IMAGE_REQUIRED'],
    [
      'a work image on another grid',
      async () => ({ inputs: [ref('source', await plant(artist.id, 'work', 1168, 896))] }),
      'WORK_IMAGE_REQUIRED',
    ],
    ['a mask where nothing is repainted', () => ({ mode: 'remix', inputs: [ref('base')] }), 'INVALID_INPUT'],
    ['a mask for an image', () => ({ mode: 'remix', mask: null, inputs: [ref('base', mask.id)] }), 'INVALID_INPUT'],
    ['four styles', () => style(...[1, 2, 3, 4].map(() => ref('style'))), 'INVALID_INPUT'],
    ['a style too many', () => style(ref('base'), ...[1, 2, 3, 4].map(() => ref('style'))), 'INVALID_INPUT'],
    ['no style', () => style(ref('base')), 'INVALID_INPUT'],
    ['a role that the mode lacks', () => style(ref('base'), ref('style'), ref('composition')), 'INVALID_INPUT'],
    ['a role that nobody knows', () => style({ assetId: input.id, role: 'muse' as never }), 'INVALID_INPUT'],
    ['a weight above one', () => style(ref('base'), { ...ref('style'), weight: 1.1 }), 'INVALID_INPUT'],
    ['an embedding in the prompt', () => ({ prompt: 'embedding:evil' }), 'PROMPT_INVALID'],
    ['an embedding in the negative', () => ({ negative: 'a embedding: evil' }), 'PROMPT_INVALID'],
    ['seed −1', () => ({ seed: '-1' }), 'INVALID_INPUT'],
    ['seed 2^64', () => ({ seed: '18446744073709551616' }), 'INVALID_INPUT'],
    ['a shape of 5:1', () => ({ mode: 'tonic', mask: null, inputs: [], aspect: 5 }), 'INVALID_INPUT'],
    ['a shape of 1:5', () => ({ mode: 'tonic', mask: null, inputs: [], aspect: 0.2 }), 'INVALID_INPUT'],
    [
      'a deleted image',
      async () => {
        const id = await plant(artist.id, 'input', 640, 512)
        await server.db.pool.query('update assets set deleted_at = now() where id = $1', [id])
        return { mode: 'remix', mask: null, inputs: [ref('base', id)] }
      },
      'ASSET_NOT_FOUND',
    ],
  ])('%s', async (_name, change, code) => {
    const wish = repaint(await change())
    const before = await purse()

    const refused = await refusalOf(artist.api.forge.create.mutate(wish))

    expect(refused.code).toBe(code)
    expect(await purse()).toEqual(before)
  })

  it.each([
    ['a single pixel', { width: 1, height: 1 }, 'IMAGE_TOO_SMALL'],
    ['a strip of 8:1', { width: 640, height: 80 }, 'IMAGE_TOO_NARROW'],
  ])('an image that is %s', async (_name, size, code) => {
    const { confirm } = await upload(artist.api, await png(size))

    expect((await refusalOf(confirm())).code).toBe(code)
  })
})

describe('what the mode has no place for', () => {
  const press = async (changes: Partial<Wish>) => {
    const { jobs } = await artist.api.forge.create.mutate(repaint({ mask: null, ...changes }))
    const id = jobs[0]?.id ?? ''
    const { rows } = await server.db.pool.query('select negative, params from job_specs where job_id = $1', [id])
    await artist.api.forge.cancel.mutate({ id })
    return { variant: jobs[0]?.variant, negative: jobs[0]?.negative, spec: rows[0] }
  }

  it('is left out: a negative and a shape beside an image', async () => {
    const pressed = await press({
      mode: 'remix',
      inputs: [{ assetId: input.id, role: 'base' }],
      negative: 'x',
      aspect: 2,
    })

    expect(pressed).toEqual({ variant: 'schnell', negative: '', spec: { negative: '', params: {} } })
  })

  it('makes words alone another variant, square unless a shape is asked for', async () => {
    const words = { mode: 'tonic', inputs: [] }

    expect(await press(words)).toMatchObject({ variant: 'schnell-txt2img', spec: { params: { aspect: 1 } } })
    expect(await press({ ...words, aspect: 1.5 })).toMatchObject({ spec: { params: { aspect: 1.5 } } })
  })
})

describe('the books', () => {
  it('are balanced after all of it', async () => {
    expect((await server.db.pool.query('select * from public.audit_books()')).rows).toEqual([])
  })
})
