import { expect, test } from 'vitest'
import { createPresence } from './presence.ts'

const room = { name: 'room', private: true }

test('a holder that tracks again replaces its entry and names the one before', () => {
  const presence = createPresence()
  const holder = {}

  const first = presence.track(room, 'a', { holder, payload: { n: 1 } })
  const second = presence.track(room, 'a', { holder, payload: { n: 2 } })

  expect(first.leaves).toEqual({})
  expect(second.leaves).toEqual(first.joins)
  expect(second.joins['a']?.metas[0]).toMatchObject({ n: 2, phx_ref_prev: first.joins['a']?.metas[0]?.phx_ref })
  expect(presence.state(room)['a']?.metas).toHaveLength(1)
})

test('two holders of one key are two entries, and the key goes with the last', () => {
  const presence = createPresence()
  const [a, b] = [{}, {}]
  presence.track(room, 'me', { holder: a, payload: {} })
  presence.track(room, 'me', { holder: b, payload: {} })

  expect(presence.state(room)['me']?.metas).toHaveLength(2)
  expect(presence.untrack(room, 'me', a)?.leaves['me']?.metas).toHaveLength(1)
  expect(presence.untrack(room, 'me', a)).toBeNull()
  expect(presence.untrack(room, 'me', b)).not.toBeNull()
  expect(presence.state(room)).toEqual({})
})

test('a private and a public channel of one name are two rooms', () => {
  const presence = createPresence()
  presence.track(room, 'a', { holder: {}, payload: {} })

  expect(presence.state({ ...room, private: false })).toEqual({})
})
