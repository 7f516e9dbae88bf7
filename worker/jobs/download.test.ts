import { createHash } from 'node:crypto'
import { expect, it, vi } from 'vitest'
import { download } from './download.ts'

const bytes = new Uint8Array([1, 2, 3])
const file = { url: 'http://storage.test/x', bytes: 3, sha256: createHash('sha256').update(bytes).digest('hex') }
const { signal } = new AbortController()

const atOnce = () => Promise.resolve()

/** A storage that answers this, again and again. */
function answer(make: () => Response | Promise<Response>) {
  const fetched = vi.fn(make)
  vi.stubGlobal('fetch', fetched)
  return fetched
}

async function faultOf(): Promise<unknown> {
  return download(file, signal, atOnce).then(
    () => null,
    (error: { fault?: string }) => error.fault,
  )
}

it.each([
  ['404', () => new Response('', { status: 404 }), 'input-gone', 1],
  ['410', () => new Response('', { status: 410 }), 'input-gone', 1],
  [
    '400 that says 404',
    () => Response.json({ statusCode: '404', error: 'not_found' }, { status: 400 }),
    'input-gone',
    1,
  ],
  [
    '400 of an expired token',
    () => Response.json({ statusCode: '400', error: 'InvalidJWT' }, { status: 400 }),
    'input-refused',
    1,
  ],
  ['400 without a word', () => new Response('<xml>', { status: 400 }), 'input-refused', 1],
  ['401', () => new Response('', { status: 401 }), 'input-refused', 1],
  ['403', () => new Response('', { status: 403 }), 'input-refused', 1],
  ['408', () => new Response('', { status: 408 }), 'input-away', 5],
  ['429', () => new Response('', { status: 429 }), 'input-away', 5],
  ['500', () => new Response('', { status: 500 }), 'input-away', 5],
  ['503', () => new Response('', { status: 503 }), 'input-away', 5],
  ['504', () => new Response('', { status: 504 }), 'input-away', 5],
  ['no connection', () => Promise.reject(new TypeError('fetch failed')), 'input-away', 5],
  ['other bytes', () => new Response('others'), 'input-lost', 5],
])('storage that answers %s is asked as often as that may help', async (_name, make, fault, times) => {
  const fetched = answer(make)

  expect(await faultOf()).toBe(fault)
  expect(fetched).toHaveBeenCalledTimes(times)
})

it('a storage that comes back in between costs nothing', async () => {
  const answers = [new Response('', { status: 503 }), new Response(bytes)]
  answer(() => answers.shift() ?? new Response('', { status: 404 }))

  expect(await download(file, signal, atOnce)).toEqual(bytes)
})
