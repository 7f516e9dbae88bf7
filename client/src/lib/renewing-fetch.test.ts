import { describe, expect, test } from 'vitest'
import { renewingFetch } from './renewing-fetch.ts'

const refused = { error: { data: { forge: { code: 'UNAUTHENTICATED', data: {} } } } }
const fine = { result: { data: 1 } }

function makeWorld(accepts: string | null, renewed: string | null) {
  const sent: (string | null)[] = []
  const ended: string[] = []
  const call = renewingFetch(
    (_url, init) => {
      const header = new Headers(init?.headers).get('authorization')
      sent.push(header)
      return Promise.resolve(
        header === null || header === `Bearer ${accepts}`
          ? Response.json([fine])
          : Response.json([fine, refused], { status: 207 }),
      )
    },
    () => ({
      renew: () => Promise.resolve(renewed),
      end(token) {
        ended.push(token)
        return Promise.resolve()
      },
    }),
  )
  return { call, sent, ended }
}

describe('a refused token', () => {
  test('is renewed and the call is made once more', async () => {
    const { call, sent, ended } = makeWorld('new', 'new')
    const answer = await call('/trpc/a,b', { headers: { authorization: 'Bearer old' } })

    expect(answer.status).toBe(200)
    expect(sent).toEqual(['Bearer old', 'Bearer new'])
    expect(ended).toEqual([])
  })

  test('that cannot be renewed leaves the answer as it is', async () => {
    const { call, sent, ended } = makeWorld('new', null)
    const answer = await call('/trpc/a,b', { headers: { authorization: 'Bearer old' } })

    expect(await answer.json()).toEqual([fine, refused])
    expect(sent).toHaveLength(1)
    expect(ended).toEqual([])
  })

  test('whose successor is refused too ends the session', async () => {
    const { call, sent, ended } = makeWorld(null, 'new')
    await call('/trpc/a,b', { headers: { authorization: 'Bearer old' } })

    expect(sent).toHaveLength(2)
    expect(ended).toEqual(['new'])
  })
})

test('a visitor who is refused has nothing to renew', async () => {
  const { call, sent } = makeWorld('new', 'new')
  await call('/trpc/a')

  expect(sent).toEqual([null])
})

test('a lost reply stays lost and ends nothing', async () => {
  const ended: string[] = []
  const call = renewingFetch(
    () => Promise.reject(new TypeError('Failed to fetch')),
    () => ({
      renew: () => Promise.resolve(null),
      end(token) {
        ended.push(token)
        return Promise.resolve()
      },
    }),
  )

  await expect(call('/trpc/a', { headers: { authorization: 'Bearer old' } })).rejects.toThrow('Failed to fetch')
  expect(ended).toEqual([])
})
