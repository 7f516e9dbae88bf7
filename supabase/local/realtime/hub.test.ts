import { expect, test } from 'vitest'
import type { Vsn } from './codec.ts'
import { createHub } from './hub.ts'

const room = { name: 'room', private: true }
const broadcast = { event: 'x', json: true, body: Buffer.from('{}') }
const message = { broadcast, meta: null, lossy: true, except: null }

function receiver(vsn: Vsn, reads = true) {
  const got: (Buffer | string)[] = []
  return {
    got,
    vsn,
    readsBroadcasts: () => reads,
    readsPresence: () => reads,
    deliver: (frame: Buffer | string) => void got.push(frame),
  }
}

test('all receivers of a version are given the same encoded frame', () => {
  const hub = createHub()
  const [a, b, old] = [receiver('2.0.0'), receiver('2.0.0'), receiver('1.0.0')]
  for (const each of [a, b, old]) hub.add(room, each)

  hub.broadcast({ ...room, ...message })

  expect(a.got).toHaveLength(1)
  expect(a.got[0]).toBe(b.got[0])
  expect(typeof old.got[0]).toBe('string')
})

test('who may not read, who sent it, and who listens elsewhere get nothing', () => {
  const hub = createHub()
  const [deaf, sender, elsewhere] = [receiver('2.0.0', false), receiver('2.0.0'), receiver('2.0.0')]
  hub.add(room, deaf)
  hub.add(room, sender)
  hub.add({ ...room, private: false }, elsewhere)

  hub.broadcast({ ...room, ...message, except: sender })
  hub.presenceDiff({ ...room, private: true }, { joins: {}, leaves: {} })

  expect([deaf.got, elsewhere.got]).toEqual([[], []])
  expect(sender.got).toHaveLength(1)
})

test('bytes skip receivers of 1.0.0', () => {
  const hub = createHub()
  const old = receiver('1.0.0')
  hub.add(room, old)

  hub.broadcast({ ...room, ...message, broadcast: { ...broadcast, json: false } })

  expect(old.got).toEqual([])
})

test('the hub forgets a channel with its last receiver', () => {
  const hub = createHub()
  const a = receiver('2.0.0')
  hub.add(room, a)
  hub.remove(room, a)

  hub.broadcast({ ...room, ...message })

  expect(hub.size()).toBe(0)
  expect(a.got).toEqual([])
})
