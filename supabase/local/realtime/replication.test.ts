import type { Pgoutput } from 'pg-logical-replication'
import { expect, test } from 'vitest'
import { before, messageRow } from './replication.ts'

type Columns = Readonly<Record<string, string | null>>

const columns: Columns = {
  id: 'i',
  topic: 't',
  event: 'e',
  extension: 'broadcast',
  private: 't',
  payload: '{"a":1}',
  binary_payload: null,
}

function insert(changed: Columns = {}, schema = 'realtime'): Pgoutput.Message {
  const relation = { tag: 'relation', schema, name: 'messages_default' } as Pgoutput.MessageRelation
  return { tag: 'insert', relation, new: { ...columns, ...changed } }
}

test('an inserted message is a row, with its JSON as text', () => {
  expect(messageRow(insert())).toEqual({
    id: 'i',
    topic: 't',
    event: 'e',
    private: true,
    payload: '{"a":1}',
    binary: false,
  })
})

test('bytes come as hex', () => {
  expect(messageRow(insert({ payload: null, binary_payload: '\\x00ff' }))).toMatchObject({
    payload: '\\x00ff',
    binary: true,
  })
})

test.each([
  ['of another schema', insert({}, 'public')],
  ['without an event', insert({ event: null })],
  ['without a payload', insert({ payload: null })],
  ['of presence', insert({ extension: 'presence' })],
  ['that begins a transaction', { tag: 'begin', commitLsn: null, commitTime: 0n, xid: 1 } as const],
])('a change %s is no broadcast', (_what, change) => {
  expect(messageRow(change)).toBeNull()
})

test.each([
  ['0/14E6268', '0/14E6267'],
  ['1/0', '0/FFFFFFFF'],
  ['0/0', '0/0'],
])('the position before %s is %s', (lsn, expected) => {
  expect(before(lsn)).toBe(expected)
})
