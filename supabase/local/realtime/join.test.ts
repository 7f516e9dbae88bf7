import { expect, test } from 'vitest'
import { RealtimeRefusal } from './identity.ts'
import { parseJoin } from './join.ts'

test('a join without a config is a public channel that asks for nothing', () => {
  expect(parseJoin('realtime:a', {})).toEqual({
    name: 'a',
    private: false,
    ack: false,
    self: false,
    replicationReady: false,
    presence: { enabled: false, key: expect.any(String) as string },
    token: null,
  })
})

test('the payload of the real client is read', () => {
  const payload = {
    access_token: 'token',
    config: {
      broadcast: { ack: true, self: true, replication_ready: true },
      presence: { key: 'me', enabled: true },
      postgres_changes: [],
      private: true,
    },
  }

  expect(parseJoin('realtime:user:1', payload)).toEqual({
    name: 'user:1',
    private: true,
    ack: true,
    self: true,
    replicationReady: true,
    presence: { enabled: true, key: 'me' },
    token: 'token',
  })
})

test.each([
  ['true', true],
  ['false', false],
  [null, false],
  [undefined, false],
])('private given as %j is %s', (given, expected) => {
  expect(parseJoin('realtime:a', { config: { private: given } }).private).toBe(expected)
})

test.each(['yes', '', 1, {}, []])('private given as %j is refused, not taken for false', (given) => {
  expect(() => parseJoin('realtime:a', { config: { private: given } })).toThrow(RealtimeRefusal)
})

test('a name of 255 bytes with its prefix is the longest', () => {
  const longest = `realtime:${'ü'.repeat(123)}`

  expect(parseJoin(longest, {}).name).toHaveLength(123)
  expect(() => parseJoin(`${longest}a`, {})).toThrow('TopicNameTooLong')
})
