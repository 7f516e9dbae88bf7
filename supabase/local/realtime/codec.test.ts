import { Buffer } from 'node:buffer'
import { RealtimeClient } from '@supabase/realtime-js'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeMessage, encodeBroadcast, encodeMessage, isJson } from './codec.ts'
import type { Vsn } from './codec.ts'

type ClientMessage = { join_ref?: string | null; ref?: string | null; topic: string; event: string; payload: unknown }

const versions: Vsn[] = ['1.0.0', '2.0.0']
/** Valid Unicode of at most 255 UTF-8 bytes: a code point is at most 4. */
const name = fc.string({ unit: 'grapheme', maxLength: 60 }).filter((text) => Buffer.byteLength(text) <= 255)
const anyVsn = fc.constantFrom(...versions)

/** The real client's serializer of one version: what it sends and what it makes of an answer. */
function client(vsn: Vsn) {
  const real = new RealtimeClient('ws://127.0.0.1:1/realtime/v1', { params: { apikey: 'key' }, vsn })
  return {
    encode: (message: ClientMessage) =>
      new Promise<Buffer>((resolve) => {
        real.encode(message as never, (data: unknown) => {
          resolve(typeof data === 'string' ? Buffer.from(data) : Buffer.from(data as ArrayBuffer))
        })
      }),
    decode: (data: Buffer | string) =>
      new Promise<ClientMessage>((resolve) => {
        const raw = typeof data === 'string' ? data : new Uint8Array(data).buffer
        real.decode(raw, (message: unknown) => resolve(message as ClientMessage))
      }),
  }
}

test('a control message of the real client is read back field by field', async () => {
  await fc.assert(
    fc.asyncProperty(
      anyVsn,
      fc.record({ ref: name, topic: name, event: name }),
      fc.jsonValue(),
      async (vsn, names, value) => {
        const { ref, topic, event } = names
        fc.pre(event !== 'broadcast')
        const payload = { value }
        const data = await client(vsn).encode({ join_ref: ref, ref, topic, event, payload })

        const message = decodeMessage(data, false, vsn)

        const onWire = JSON.parse(JSON.stringify(payload)) as unknown
        expect(message).toMatchObject({ joinRef: ref, ref, topic, event, user: null })
        expect(message?.payload).toEqual(onWire)
      },
    ),
    { numRuns: 100 },
  )
})

test('a JSON broadcast travels from the real client to the real client in both versions', async () => {
  await fc.assert(
    fc.asyncProperty(fc.tuple(anyVsn, anyVsn), fc.tuple(name, name), fc.jsonValue(), async (versions, names, value) => {
      const [[from, to], [topic, event]] = [versions, names]
      const data = await client(from).encode({
        join_ref: '1',
        ref: '2',
        topic,
        event: 'broadcast',
        payload: { type: 'broadcast', event, payload: { value } },
      })

      const message = decodeMessage(data, from === '2.0.0', from)
      const sent = message?.user ? encodeBroadcast(to, topic, message.user, { id: 'a' }) : null
      const received = sent === null ? null : await client(to).decode(sent)

      const onWire = JSON.parse(JSON.stringify({ value })) as unknown
      expect(received).toEqual({
        join_ref: null,
        ref: null,
        topic,
        event: 'broadcast',
        payload: { type: 'broadcast', event, payload: onWire, meta: { id: 'a' } },
      })
    }),
    { numRuns: 200 },
  )
})

test('a binary broadcast keeps every byte and is not carried by 1.0.0', async () => {
  await fc.assert(
    fc.asyncProperty(name, name, fc.uint8Array({ maxLength: 300 }), async (topic, event, bytes) => {
      const data = await client('2.0.0').encode({
        join_ref: '1',
        ref: '2',
        topic,
        event: 'broadcast',
        payload: { type: 'broadcast', event, payload: new Uint8Array(bytes).buffer },
      })

      const user = decodeMessage(data, true, '2.0.0')?.user ?? null
      const sent = user === null ? null : encodeBroadcast('2.0.0', topic, user, null)
      const received = sent === null ? null : await client('2.0.0').decode(sent)

      expect(user?.json).toBe(false)
      const payload = received?.payload as { payload: ArrayBuffer }
      expect([...new Uint8Array(payload.payload)]).toEqual([...bytes])
      expect(user === null ? undefined : encodeBroadcast('1.0.0', topic, user, null)).toBeNull()
    }),
    { numRuns: 100 },
  )
})

test('a message to the client is read by the real client in both versions', async () => {
  await fc.assert(
    fc.asyncProperty(anyVsn, name, name, fc.jsonValue(), async (vsn, topic, event, value) => {
      const sent = encodeMessage(vsn, { joinRef: '1', ref: null, topic, event, payload: { value } })

      const received = await client(vsn).decode(sent)

      expect(received).toMatchObject({ join_ref: '1', ref: null, topic, event })
    }),
    { numRuns: 100 },
  )
})

test('hostile bytes never throw', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), fc.boolean(), anyVsn, (bytes, isBinary, vsn) => {
      decodeMessage(Buffer.from(bytes), isBinary, vsn)
    }),
    { numRuns: 2000 },
  )
})

test('hostile binary headers never read past the message', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 6, maxLength: 6 }), fc.uint8Array({ maxLength: 200 }), (header, rest) => {
      const data = Buffer.from([3, ...header, ...rest])

      const message = decodeMessage(data, true, '2.0.0')

      const named = [...header.subarray(0, 5)].reduce((all, length) => all + length, 0)
      if (named > rest.length) expect(message).toBeNull()
      else expect(message?.user?.body.length ?? 0).toBeLessThanOrEqual(rest.length - named)
    }),
    { numRuns: 2000 },
  )
})

test('hostile JSON never throws', () => {
  fc.assert(
    fc.property(fc.jsonValue(), anyVsn, (value, vsn) => {
      decodeMessage(Buffer.from(JSON.stringify(value) ?? ''), false, vsn)
    }),
    { numRuns: 500 },
  )
})

test.each(versions)('JSON nested 100,000 deep is refused or carried, never thrown (%s)', (vsn) => {
  const deep = '['.repeat(100_000) + ']'.repeat(100_000)
  const payload = `{"event":"x","payload":${deep}}`
  const text =
    vsn === '2.0.0'
      ? `["1","2","realtime:a","broadcast",${payload}]`
      : `{"join_ref":"1","ref":"2","topic":"realtime:a","event":"broadcast","payload":${payload}}`

  const message = decodeMessage(Buffer.from(text), false, vsn)

  expect(message === null || message.user === null || message.user.body.length > 0).toBe(true)
})

test('a binary broadcast that claims to be JSON and is not is refused', () => {
  const header = Buffer.from([3, 0, 0, 1, 1, 0, 1])

  expect(decodeMessage(Buffer.concat([header, Buffer.from('te{oops')]), true, '2.0.0')).toBeNull()
  expect(decodeMessage(Buffer.concat([header, Buffer.from('te{}')]), true, '2.0.0')?.user?.event).toBe('e')
})

test('a name over 255 bytes cannot be sent in a binary frame', () => {
  const broadcast = { event: 'ü'.repeat(128), json: true, body: Buffer.from('{}') }

  expect(encodeBroadcast('2.0.0', 'realtime:a', broadcast, null)).toBeNull()
})

test.each([
  ['', false],
  ['{}', true],
  ['nope', false],
  ['"text"', true],
])('isJson(%j) is %s', (text, expected) => {
  expect(isJson(Buffer.from(text))).toBe(expected)
})

test('the request to keep a message is seen in both forms', () => {
  const header = Buffer.from([3, 0, 0, 1, 1, 16, 1])
  const binary = Buffer.concat([header, Buffer.from('te{"persist":true}{}')])
  const text = Buffer.from('[null,null,"t","broadcast",{"event":"e","persist":true,"payload":{}}]')

  expect(decodeMessage(binary, true, '2.0.0')?.persist).toBe(true)
  expect(decodeMessage(text, false, '2.0.0')?.persist).toBe(true)
})
