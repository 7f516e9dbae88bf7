import { randomUUID } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { request as httpRequest } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestApi } from '#supabase/local/auth/testing/api.ts'
import type { TestApi } from '#supabase/local/auth/testing/api.ts'
import { signToken } from '#supabase/local/auth/tokens.ts'
import { cloneDatabase } from '#supabase/tests/database.ts'
import type { TestDatabase } from '#supabase/tests/database.ts'

let db: TestDatabase
let api: TestApi
const bucket = 'test-images'
const limit = 1024 * 1024

beforeAll(async () => {
  db = await cloneDatabase()
  api = await startTestApi(db, { storage: { idleMs: 300 } })
  const made = await api.service.storage.createBucket(bucket, {
    public: false,
    fileSizeLimit: limit,
    allowedMimeTypes: ['image/png', 'image/webp'],
  })
  expect(made.error).toBeNull()
})
afterAll(async () => {
  await api[Symbol.asyncDispose]()
  await db[Symbol.asyncDispose]()
})

const files = () => api.service.storage.from(bucket)
const png = (text = 'picture') => new Blob([text], { type: 'image/png' })
const newKey = () => `staging/${randomUUID()}`

async function blobsOnDisk(): Promise<number> {
  const entries = await readdir(api.objectsDir, { recursive: true, withFileTypes: true })
  return entries.filter((entry) => entry.isFile()).length
}

async function signedPut(key = newKey(), upsert = false) {
  const { data, error } = await files().createSignedUploadUrl(key, { upsert })
  expect(error).toBeNull()
  if (data === null) throw new Error('an upload URL is signed')
  return { ...data, key }
}

function put(url: string, body: BodyInit, type = 'image/png'): Promise<Response> {
  return fetch(url, { method: 'PUT', headers: { 'content-type': type }, body, duplex: 'half' } as RequestInit)
}

function streamOf(bytes: number, chunk = 64 * 1024): ReadableStream<Uint8Array> {
  let left = bytes
  return new ReadableStream({
    pull(controller) {
      if (left <= 0) return controller.close()
      controller.enqueue(new Uint8Array(Math.min(chunk, left)))
      left -= chunk
    },
  })
}

async function bodyOf(response: Response): Promise<unknown> {
  return response.json() as Promise<unknown>
}

async function newUser() {
  const client = api.anon()
  const { data } = await client.auth.signInAnonymously()
  return { client, id: data.user?.id ?? '', token: data.session?.access_token ?? '' }
}

describe('buckets', () => {
  it('are made, read, changed, emptied and deleted with the secret key', async () => {
    const { storage } = api.service
    await storage.createBucket('life', { public: false, fileSizeLimit: '20KB' })
    await storage.from('life').upload('a/b.txt', 'hello')

    const { data: made } = await storage.getBucket('life')
    const { error: full } = await storage.deleteBucket('life')
    await storage.updateBucket('life', { public: true, fileSizeLimit: null })
    const { data: changed } = await storage.getBucket('life')
    const { data: listed } = await storage.listBuckets()
    await storage.emptyBucket('life')

    expect(made).toMatchObject({ id: 'life', public: false, file_size_limit: 20_000 })
    expect(full).toMatchObject({ statusCode: '409' })
    expect(changed).toMatchObject({ public: true, file_size_limit: null })
    expect(listed?.map(({ id }) => id)).toContain('life')
    expect((await storage.deleteBucket('life')).error).toBeNull()
    expect((await storage.getBucket('life')).error).toMatchObject({ statusCode: '404', message: 'Bucket not found' })
  })

  it('refuse bad names and doubles', async () => {
    const { storage } = api.service

    expect((await storage.createBucket('a/b')).error).toMatchObject({ code: 'InvalidBucketName' })
    expect((await storage.createBucket(bucket)).error).toMatchObject({ statusCode: '409' })
  })

  it('cannot be made, seen or changed without the secret key', async () => {
    const { client } = await newUser()
    for (const { storage } of [client, api.anon()]) {
      expect((await storage.createBucket('mine')).error).toMatchObject({ statusCode: '403' })
      expect((await storage.listBuckets()).data).toEqual([])
      expect((await storage.updateBucket(bucket, { public: true })).error).toMatchObject({ statusCode: '404' })
      expect((await storage.emptyBucket(bucket)).error).toMatchObject({ statusCode: '404' })
      expect((await storage.deleteBucket(bucket)).error).toMatchObject({ statusCode: '404' })
    }
  })
})

describe('uploads with the secret key', () => {
  it('of a Blob and of raw bytes come back as they went', async () => {
    const [form, raw] = [newKey(), newKey()]
    const bytes = crypto.getRandomValues(new Uint8Array(50_000))
    const options = { contentType: 'image/webp', cacheControl: '60', metadata: { by: 'me' } }
    await files().upload(form, png('a blob'), { cacheControl: '7', metadata: { by: 'form' } })
    await files().upload(raw, bytes, options)

    const { data: formBack } = await files().download(form)
    const { data: rawBack } = await files().download(raw)
    const { data: formInfo } = await files().info(form)
    const { data: rawInfo } = await files().info(raw)

    expect(await formBack?.text()).toBe('a blob')
    expect(new Uint8Array((await rawBack?.arrayBuffer()) ?? new ArrayBuffer())).toEqual(bytes)
    expect(formInfo).toMatchObject({ contentType: 'image/png', cacheControl: 'max-age=7', metadata: { by: 'form' } })
    expect(rawInfo).toMatchObject({ contentType: 'image/webp', cacheControl: 'max-age=60', metadata: { by: 'me' } })
    expect(rawInfo?.size).toBe(50_000)
  })

  it('replace only when told to, and take the old file away', async () => {
    const key = newKey()
    await files().upload(key, png('one'))
    const before = await blobsOnDisk()

    const refused = await files().upload(key, png('two'))
    const replaced = await files().upload(key, png('three'), { upsert: true })
    const updated = await files().update(key, png('four'))

    expect(refused.error).toMatchObject({ statusCode: '409', message: 'The resource already exists' })
    expect([replaced.error, updated.error]).toEqual([null, null])
    expect(await (await files().download(key)).data?.text()).toBe('four')
    expect(await blobsOnDisk()).toBe(before)
  })

  it.each(['../escape.png', 'a/../../b', 'ä.png', 'a\\b', 'a%00b'])('refuse the key %j', async (key) => {
    const before = await blobsOnDisk()
    const path = key.split('/').map(encodeURIComponent).join('%2F')
    const { url, keys } = api
    const headers = { apikey: keys.secretKey, 'content-type': 'image/png' }

    const response = await fetch(`${url}/storage/v1/object/${bucket}/${path}`, { method: 'POST', headers, body: 'x' })

    expect(await bodyOf(response)).toMatchObject({ statusCode: '400', error: 'InvalidKey' })
    expect(await blobsOnDisk()).toBe(before)
  })

  it('go nowhere without a bucket', async () => {
    const { error } = await api.service.storage.from('no-such').upload('a.png', png())

    expect(error).toMatchObject({ statusCode: '404', message: 'Bucket not found' })
  })
})

describe('signed uploads', () => {
  it('E16 take raw bytes without any key, once', async () => {
    const { signedUrl, key } = await signedPut()

    const first = await put(signedUrl, 'raw bytes')
    const second = await put(signedUrl, 'again')
    const third = await files().createSignedUploadUrl(key)

    expect(first.status).toBe(200)
    expect(await bodyOf(first)).toEqual({ Key: `${bucket}/${key}` })
    expect(await bodyOf(second)).toMatchObject({ statusCode: '409', error: 'Duplicate' })
    expect(third.error).toMatchObject({ statusCode: '409' })
    expect(await (await files().download(key)).data?.text()).toBe('raw bytes')
  })

  it('take the forms of storage-js', async () => {
    const { key, token } = await signedPut()

    const sent = await api.anon().storage.from(bucket).uploadToSignedUrl(key, token, png('a form'))

    expect(sent.error).toBeNull()
    expect(await (await files().download(key)).data?.text()).toBe('a form')
  })

  it('are won by one of several at the same instant, with another token too', async () => {
    const key = newKey()
    const urls = await Promise.all(Array.from({ length: 6 }, () => signedPut(key)))
    const before = await blobsOnDisk()

    const answers = await Promise.all(urls.map(({ signedUrl }, i) => put(signedUrl, `writer ${i}`)))

    const winners = answers.flatMap(({ ok }, i) => (ok ? [i] : []))
    expect(winners).toHaveLength(1)
    expect(await (await files().download(key)).data?.text()).toBe(`writer ${winners[0]}`)
    expect(await blobsOnDisk()).toBe(before + 1)
  })

  it('that may replace leave the file of the last one only, also at the same instant', async () => {
    const { signedUrl, key } = await signedPut(newKey(), true)
    const before = await blobsOnDisk()

    const answers = await Promise.all(Array.from({ length: 6 }, (_, i) => put(signedUrl, `writer ${i}`)))

    expect(answers.every(({ ok }) => ok)).toBe(true)
    expect(await (await files().download(key)).data?.text()).toMatch(/^writer \d$/)
    expect(await blobsOnDisk()).toBe(before + 1)
  })

  it('E16 replace when that was signed, not when the uploader says so', async () => {
    const once = await signedPut()
    const often = await signedPut(newKey(), true)
    const headers = { 'content-type': 'image/png', 'x-upsert': 'true' }
    const send = (url: string, body: string) => fetch(url, { method: 'PUT', headers, body })
    await send(once.signedUrl, 'a')
    await send(often.signedUrl, 'a')

    expect((await send(once.signedUrl, 'b')).ok).toBe(false)
    expect((await send(often.signedUrl, 'b')).ok).toBe(true)
  })

  it('E16 refuse tokens of another object, of another kind, changed or missing', async () => {
    const { signedUrl, token } = await signedPut()
    const readable = newKey()
    await files().upload(readable, png())
    const download = (await files().createSignedUrl(readable, 60)).data?.signedUrl ?? ''
    const other = new URL(signedUrl)
    other.pathname = `${other.pathname}x`
    const bare = new URL(signedUrl)
    bare.search = ''
    const swapped = new URL(signedUrl)
    swapped.searchParams.set('token', new URL(download).searchParams.get('token') ?? '')
    const now = Math.floor(Date.now() / 1000)
    const service = { role: 'service_role', iat: now, exp: now + 60 }
    const auth = new URL(signedUrl)
    auth.searchParams.set('token', await signToken(api.keys, api.url, service))
    const cut = new URL(signedUrl)
    cut.searchParams.set('token', token.slice(0, -2))

    const answers = await Promise.all(
      [other, bare, swapped, auth, cut].map(async (url) => bodyOf(await put(url.href, 'x'))),
    )

    expect(answers).toMatchObject([
      { error: 'InvalidSignature' },
      { error: 'InvalidJWT' },
      { error: 'InvalidJWT' },
      { error: 'InvalidJWT' },
      { error: 'InvalidJWT' },
    ])
  })

  it.each(['text/html', 'image/svg+xml', ''])('refuse the type %j', async (type) => {
    const { signedUrl } = await signedPut()

    expect(await bodyOf(await put(signedUrl, new Blob(['x']), type))).toMatchObject({ statusCode: '415' })
  })

  it('may not be asked for without rights', async () => {
    const { client } = await newUser()
    const { error } = await client.storage.from(bucket).createSignedUploadUrl(newKey())

    expect(error).toMatchObject({ statusCode: '403' })
  })
})

describe('limits while streaming', () => {
  it('take a file of exactly the limit', async () => {
    const { signedUrl } = await signedPut()

    expect((await put(signedUrl, new Uint8Array(limit))).status).toBe(200)
  })

  it.each([
    ['a declared size', () => new Uint8Array(limit + 1)],
    ['a stream of unknown size', () => streamOf(limit + 1)],
    ['a stream that is twenty times too long', () => streamOf(20 * limit)],
  ])('refuse one byte more and leave nothing: %s', async (_, body) => {
    const { signedUrl, key } = await signedPut()
    const before = await blobsOnDisk()

    const answer = await bodyOf(await put(signedUrl, body()))

    expect(answer).toMatchObject({ statusCode: '413', error: 'Payload too large' })
    expect(await blobsOnDisk()).toBe(before)
    expect((await files().exists(key)).data).toBe(false)
    expect((await put((await signedPut(key)).signedUrl, 'small')).status).toBe(200)
  })

  it('refuse a form whose file is too large and leave nothing', async () => {
    const { key, token } = await signedPut()
    const before = await blobsOnDisk()
    const large = new Blob([new Uint8Array(3 * limit)], { type: 'image/png' })

    const { error } = await api.anon().storage.from(bucket).uploadToSignedUrl(key, token, large)

    expect(error).toMatchObject({ statusCode: '413' })
    expect(await blobsOnDisk()).toBe(before)
  })

  it('refuse forms without a file, cut short, or no form at all', async () => {
    const { signedUrl } = await signedPut()
    const before = await blobsOnDisk()
    const type = 'multipart/form-data; boundary=b'
    const part = '--b\r\ncontent-disposition: form-data; name=""; filename="blob"\r\ncontent-type: image/png\r\n\r\nabc'
    const empty = '--b\r\ncontent-disposition: form-data; name="cacheControl"\r\n\r\n60\r\n--b--\r\n'

    const answers = await Promise.all([
      put(signedUrl, empty, type),
      put(signedUrl, part, type),
      put(signedUrl, 'x', 'multipart/form-data'),
    ])

    expect(answers.map(({ ok }) => ok)).toEqual([false, false, false])
    expect(await blobsOnDisk()).toBe(before)
    expect((await put(signedUrl, 'fine')).status).toBe(200)
  })

  function halfUpload(url: string, headers: Record<string, string>) {
    const client = httpRequest(url, { method: 'PUT', headers: { 'content-type': 'image/png', ...headers } })
    const { promise: answer, resolve } = Promise.withResolvers<number | string>()
    client.on('response', (response) => {
      response.resume()
      response.on('end', () => resolve(response.statusCode ?? 0))
    })
    client.on('error', (error) => resolve(error.message))
    client.write('half of it')
    return { client, answer }
  }

  it('clean up after a client that went away, whatever length it promised', async () => {
    const before = await blobsOnDisk()
    const uploads = await Promise.all([
      signedPut().then(({ signedUrl }) => halfUpload(signedUrl, { 'content-length': '1000' })),
      signedPut().then(({ signedUrl }) => halfUpload(signedUrl, { 'transfer-encoding': 'chunked' })),
    ])
    await expect.poll(blobsOnDisk, { timeout: 20_000 }).toBe(before + 2)

    for (const { client } of uploads) client.destroy()

    await expect.poll(blobsOnDisk, { timeout: 20_000 }).toBe(before)
  })

  it('give up on a client that stands still', async () => {
    const before = await blobsOnDisk()
    const { signedUrl } = await signedPut()
    const { client, answer } = halfUpload(signedUrl, { 'content-length': '1000' })

    expect(await answer).toBe(400)
    client.destroy()
    await expect.poll(blobsOnDisk, { timeout: 20_000 }).toBe(before)
  })

  it('let a slow client that keeps sending finish', async () => {
    const { signedUrl, key } = await signedPut()
    const { client, answer } = halfUpload(signedUrl, { 'transfer-encoding': 'chunked' })
    for (let i = 0; i < 4; i += 1) {
      await sleep(120)
      client.write('.')
    }
    client.end()

    expect(await answer).toBe(200)
    expect(await (await files().download(key)).data?.text()).toBe('half of it....')
  })
})

describe('signed downloads', () => {
  it('open one object without any key, with the headers a browser needs', async () => {
    const key = newKey()
    await files().upload(key, png('0123456789'), { cacheControl: '60' })
    const { data } = await files().createSignedUrl(key, 60)

    const response = await fetch(data?.signedUrl ?? '')

    expect(await response.text()).toBe('0123456789')
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'image/png',
      'content-length': '10',
      'accept-ranges': 'bytes',
      'cache-control': 'max-age=60',
      'x-content-type-options': 'nosniff',
      etag: '"781e5e245d69b566979b86e28d23f2c7"',
    })
    expect(response.headers.get('expires')).not.toBeNull()
    expect(response.headers.get('content-disposition')).toBeNull()
  })

  it('answer HEAD, ranges and conditions', async () => {
    const key = newKey()
    await files().upload(key, png('0123456789'))
    const url = (await files().createSignedUrl(key, 60)).data?.signedUrl ?? ''
    const get = (headers: Record<string, string>, method = 'GET') => fetch(url, { method, headers })

    const [head, middle, tail, beyond, same, stale] = await Promise.all([
      get({}, 'HEAD'),
      get({ range: 'bytes=2-4' }),
      get({ range: 'bytes=-3' }),
      get({ range: 'bytes=10-' }),
      get({ 'if-none-match': 'W/"781e5e245d69b566979b86e28d23f2c7"' }),
      get({ range: 'bytes=2-4', 'if-range': '"old"' }),
    ])

    expect([head?.status, head?.headers.get('content-length'), await head?.text()]).toEqual([200, '10', ''])
    expect([middle?.status, middle?.headers.get('content-range'), await middle?.text()]).toEqual([
      206,
      'bytes 2-4/10',
      '234',
    ])
    expect(await tail?.text()).toBe('789')
    expect([beyond?.status, beyond?.headers.get('content-range')]).toEqual([416, 'bytes */10'])
    expect(same?.status).toBe(304)
    expect([stale?.status, await stale?.text()]).toEqual([200, '0123456789'])
  })

  it('name the file when asked, and never as HTML', async () => {
    await api.service.storage.createBucket('any')
    const any = api.service.storage.from('any')
    await any.upload('page.html', '<script>', { contentType: 'text/html' })

    const { data } = await any.createSignedUrl('page.html', 60)
    const response = await fetch(`${data?.signedUrl}&download=${encodeURIComponent('a "b".html\r\nx: y')}`)

    expect(response.headers.get('content-type')).toBe('text/plain')
    expect(response.headers.get('content-disposition')).toMatch(/^attachment; filename=a%20%22b%22\.html%0D%0A/)
    await response.text()
  })

  it('are signed for many at once, absent ones named', async () => {
    const key = newKey()
    await files().upload(key, png('x'))

    const { data } = await files().createSignedUrls([key, 'absent.png'], 60)

    expect(data).toMatchObject([
      { path: key, error: null },
      { path: 'absent.png', signedURL: null, error: expect.stringContaining('does not exist') as string },
    ])
    expect(await (await fetch(data?.[0]?.signedUrl ?? '')).text()).toBe('x')
  })

  it('E16 end, and open nothing else', async () => {
    const [key, other] = [newKey(), newKey()]
    await Promise.all([files().upload(key, png()), files().upload(other, png())])
    const url = new URL((await files().createSignedUrl(key, 1)).data?.signedUrl ?? '')
    const foreign = new URL((await files().createSignedUrl(key, 600)).data?.signedUrl ?? '')
    foreign.pathname = foreign.pathname.replace(key, other)

    const before = await bodyOf(await fetch(foreign))
    await sleep(1100)
    const late = await bodyOf(await fetch(url))

    expect(before).toMatchObject({ error: 'InvalidSignature' })
    expect(late).toMatchObject({ error: 'InvalidJWT', message: '"exp" claim timestamp check failed' })
  })

  it('are refused for odd lifetimes and objects out of sight', async () => {
    const { client } = await newUser()
    const key = newKey()
    await files().upload(key, png())

    expect((await files().createSignedUrl(key, 0)).error).toMatchObject({ statusCode: '400' })
    expect((await files().createSignedUrl(key, 1.5)).error).toMatchObject({ statusCode: '400' })
    expect((await client.storage.from(bucket).createSignedUrl(key, 60)).error).toMatchObject({ statusCode: '404' })
  })
})

describe('copy, move, list, remove', () => {
  it('copy leaves two files, move one', async () => {
    const [from, to, last] = [newKey(), newKey(), newKey()]
    await files().upload(from, png('same'), { metadata: { a: 1 } })

    const copied = await files().copy(from, to)
    await files().remove([from])
    const moved = await files().move(to, last)

    expect([copied.data?.path, moved.data?.message]).toEqual([`${bucket}/${to}`, 'Successfully moved'])
    expect(await (await files().download(last)).data?.text()).toBe('same')
    expect((await files().info(last)).data?.metadata).toEqual({ a: 1 })
    expect([(await files().exists(from)).data, (await files().exists(to)).data]).toEqual([false, false])
  })

  it('refuse a taken name, a missing source and a bad name', async () => {
    const [from, taken] = [newKey(), newKey()]
    await Promise.all([files().upload(from, png('a')), files().upload(taken, png('b'))])
    const before = await blobsOnDisk()

    const results = [
      await files().copy(from, taken),
      await files().move(from, taken),
      await files().copy('absent', newKey()),
      await files().move('absent', newKey()),
      await files().copy(from, '../x'),
      await files().copy(from, 'x', { destinationBucket: 'no-such' }),
    ]

    expect(results.map(({ error }) => (error as { statusCode?: string } | null)?.statusCode)).toEqual([
      '409',
      '409',
      '404',
      '404',
      '400',
      '404',
    ])
    expect(await blobsOnDisk()).toBe(before)
  })

  it('list shows one level, sorted, searched and in pages', async () => {
    await api.service.storage.createBucket('shelf')
    const shelf = api.service.storage.from('shelf')
    for (const key of ['b.txt', 'a.txt', 'C.txt', 'x/1.txt', 'x/2.txt', 'x/y/3.txt', '100_.txt']) {
      await shelf.upload(key, 'x')
    }
    const names = async (...args: Parameters<typeof shelf.list>) =>
      (await shelf.list(...args)).data?.map(({ name }) => name)

    expect(await names()).toEqual(['100_.txt', 'C.txt', 'a.txt', 'b.txt', 'x'])
    expect(await names('x')).toEqual(['1.txt', '2.txt', 'y'])
    expect(await names('x/', { limit: 1, offset: 1 })).toEqual(['2.txt'])
    expect(await names('', { search: '100_' })).toEqual(['100_.txt'])
    expect(await names('', { search: '%' })).toEqual([])
    expect(await names('', { search: '_' })).toEqual([])
    expect(await names('', { sortBy: { column: 'name', order: 'desc' }, limit: 2 })).toEqual(['x', 'b.txt'])
    expect((await shelf.list()).data?.find(({ name }) => name === 'x')).toMatchObject({ id: null, metadata: null })
  })

  it('remove takes the files along and answers what it removed', async () => {
    const keys = [newKey(), newKey()]
    for (const key of keys) await files().upload(key, png())
    const before = await blobsOnDisk()

    const { data } = await files().remove([...keys, 'absent'])

    expect(data?.map(({ name }) => name).sort()).toEqual([...keys].sort())
    expect(await blobsOnDisk()).toBe(before - 2)
  })

  it('keeps SQL from deleting rows behind its back', async () => {
    await expect(db.asService((client) => client.query('delete from storage.objects'))).rejects.toMatchObject({
      code: '42501',
    })
  })
})

describe('callers without the secret key', () => {
  it('E01, E02 reach nothing in a bucket without policies', async () => {
    const key = newKey()
    await files().upload(key, png())
    const { client } = await newUser()

    for (const { storage } of [client, api.anon()]) {
      const theirs = storage.from(bucket)
      expect((await theirs.download(key)).error).not.toBeNull()
      expect((await theirs.upload(newKey(), png())).error).toMatchObject({ statusCode: '403' })
      expect((await theirs.update(key, png('mine'))).error).toMatchObject({ statusCode: '403' })
      expect((await theirs.copy(key, newKey())).error).toMatchObject({ statusCode: '404' })
      expect((await theirs.move(key, newKey())).error).toMatchObject({ statusCode: '404' })
      expect((await theirs.remove([key])).data).toEqual([])
      expect((await theirs.list('staging')).data).toEqual([])
    }
    expect((await files().exists(key)).data).toBe(true)
  })

  it('reach what a policy made by postgres gives them, as owners', async () => {
    await db.pool.query(`
      set role postgres;
      insert into storage.buckets (id, name) values ('homes', 'homes');
      create policy homes on storage.objects to authenticated
        using (bucket_id = 'homes' and (storage.foldername(name))[1] = (select auth.uid())::text)
        with check (bucket_id = 'homes' and (storage.foldername(name))[1] = (select auth.uid())::text);
      reset role`)
    const [me, stranger] = [await newUser(), await newUser()]
    const mine = me.client.storage.from('homes')
    const theirs = stranger.client.storage.from('homes')
    const key = `${me.id}/a.txt`

    expect((await mine.upload(key, 'mine')).error).toBeNull()
    expect((await theirs.upload(`${me.id}/b.txt`, 'theirs')).error).toMatchObject({ statusCode: '403' })
    expect((await theirs.download(key)).error).not.toBeNull()
    expect((await theirs.remove([key])).data).toEqual([])
    expect((await mine.createSignedUrl(key, 60)).error).toBeNull()
    expect((await mine.move(key, `${stranger.id}/a.txt`)).error).toMatchObject({ statusCode: '403' })
    expect((await mine.list(me.id)).data).toHaveLength(1)
    const { rows } = await db.pool.query('select owner, owner_id from storage.objects where name = $1', [key])
    expect(rows).toEqual([{ owner: me.id, owner_id: me.id }])
    expect((await mine.remove([key])).data).toHaveLength(1)
  })

  it('are refused with a bad token, in the words of storage', async () => {
    const { url, keys } = api
    const headers = { apikey: keys.publishableKey, authorization: 'Bearer a.b.c' }

    const bad = await fetch(`${url}/storage/v1/object/${bucket}/x`, { headers })
    const none = await fetch(`${url}/storage/v1/object/${bucket}/x`)

    expect(await bodyOf(bad)).toMatchObject({ statusCode: '403', error: 'Unauthorized' })
    expect(await bodyOf(none)).toMatchObject({ statusCode: '403', error: 'Unauthorized' })
  })

  it('read public buckets by address alone', async () => {
    await api.service.storage.createBucket('open', { public: true })
    await api.service.storage.from('open').upload('a b.txt', 'hello')
    const { data } = api.anon().storage.from('open').getPublicUrl('a b.txt')
    const closed = api.anon().storage.from(bucket).getPublicUrl('a b.txt')

    expect(await (await fetch(data.publicUrl)).text()).toBe('hello')
    expect((await fetch(closed.data.publicUrl)).status).toBe(400)
  })
})
