import { Buffer } from 'node:buffer'

/** Serializer version of a connection: 1.0.0 is JSON objects, 2.0.0 JSON arrays and binary broadcasts. */
export type Vsn = '1.0.0' | '2.0.0'

/** A broadcast between its sender and its receivers. `body` is JSON text when `json`, else opaque bytes. */
export type UserBroadcast = {
  event: string
  json: boolean
  body: Buffer
}

/** One message of a client, checked for shape only. */
export type Inbound = {
  joinRef: string | null
  ref: string | null
  topic: string
  event: string
  /** `null` for the binary form, whose content is in `user`. */
  payload: unknown
  /** Present for `broadcast` in either form, when it is well formed. */
  user: UserBroadcast | null
  /** The client asked the server to keep the message. */
  persist: boolean
}

/** One message to a client. */
export type Outbound = {
  joinRef: string | null
  ref: string | null
  topic: string
  event: string
  payload: unknown
}

const kinds = { userBroadcastPush: 3, userBroadcast: 4 } as const
const pushHeader = 7
const broadcastHeader = 5
/** Longest name in bytes: every length in a binary frame is one byte. */
export const longestName = 255

/** Reads one WebSocket message; `null` when it is none of the protocol's. Never throws. */
export function decodeMessage(data: Buffer, isBinary: boolean, vsn: Vsn): Inbound | null {
  if (isBinary) return vsn === '2.0.0' ? decodePush(data) : null
  return decodeText(data, vsn)
}

function decodeText(data: Buffer, vsn: Vsn): Inbound | null {
  const parsed = parseJson(data)
  if (parsed === undefined) return null
  const fields = vsn === '2.0.0' ? arrayFields(parsed) : objectFields(parsed)
  if (fields === null) return null
  const [joinRef, ref, topic, event, payload] = fields
  if (typeof topic !== 'string' || typeof event !== 'string') return null
  if (!isRef(joinRef) || !isRef(ref)) return null
  const user = event === 'broadcast' ? userFromPayload(payload) : null
  return { joinRef: joinRef ?? null, ref: ref ?? null, topic, event, payload, user, persist: hasPersist(payload) }
}

/** A text message in the form of `vsn`. */
export function encodeMessage(vsn: Vsn, message: Outbound): string {
  const { joinRef, ref, topic, event, payload } = message
  return JSON.stringify(
    vsn === '2.0.0' ? [joinRef, ref, topic, event, payload] : { join_ref: joinRef, ref, topic, event, payload },
  )
}

/**
 * A broadcast for the receivers of `topic` (with its `realtime:` prefix): binary kind 4 for 2.0.0, a JSON object for
 * 1.0.0. `null` when this version cannot carry it: bytes over 1.0.0, or a name over 255 bytes.
 */
export function encodeBroadcast(
  vsn: Vsn,
  topic: string,
  broadcast: UserBroadcast,
  meta: Readonly<Record<string, unknown>> | null,
): Buffer | string | null {
  if (vsn === '2.0.0') return encodeBinaryBroadcast(topic, broadcast, meta)
  if (!broadcast.json) return null
  const event = JSON.stringify(broadcast.event)
  const extra = meta === null ? '' : `,"meta":${JSON.stringify(meta)}`
  const payload = `{"type":"broadcast","event":${event},"payload":${broadcast.body.toString('utf8')}${extra}}`
  return `{"join_ref":null,"ref":null,"topic":${JSON.stringify(topic)},"event":"broadcast","payload":${payload}}`
}

/** True when `body` may be sent as JSON; the clients of 2.0.0 parse it without a guard. */
export function isJson(body: Buffer): boolean {
  return parseJson(body) !== undefined
}

function encodeBinaryBroadcast(
  topic: string,
  { event, json, body }: UserBroadcast,
  meta: Readonly<Record<string, unknown>> | null,
): Buffer | null {
  const topicBytes = Buffer.from(topic)
  const eventBytes = Buffer.from(event)
  const metaBytes = Buffer.from(meta === null ? '' : JSON.stringify(meta))
  const names = [topicBytes, eventBytes, metaBytes]
  if (names.some((name) => name.length > longestName)) return null
  const header = Buffer.from([kinds.userBroadcast, ...names.map((name) => name.length), json ? 1 : 0])
  return Buffer.concat([header, ...names, body], broadcastHeader + sum(names) + body.length)
}

function decodePush(data: Buffer): Inbound | null {
  if (data.length < pushHeader || data[0] !== kinds.userBroadcastPush) return null
  const lengths = [...data.subarray(1, 6)]
  const encoding = data[6]
  const total = lengths.reduce((all, length) => all + length, pushHeader)
  if (data.length < total) return null
  let offset = pushHeader
  const [joinRef = '', ref = '', topic = '', event = '', metadata = ''] = lengths.map((length) => {
    const start = offset
    offset += length
    return data.toString('utf8', start, offset)
  })
  const body = data.subarray(offset)
  const json = encoding !== 0
  const meta = metadata === '' ? {} : parseJson(Buffer.from(metadata))
  if (meta === undefined || (json && !isJson(body))) return null
  return {
    joinRef: joinRef === '' ? null : joinRef,
    ref: ref === '' ? null : ref,
    topic,
    event: 'broadcast',
    payload: null,
    user: { event, json, body },
    persist: hasPersist(meta),
  }
}

function userFromPayload(payload: unknown): UserBroadcast | null {
  if (!isRecord(payload) || typeof payload['event'] !== 'string') return null
  try {
    return { event: payload['event'], json: true, body: Buffer.from(JSON.stringify(payload['payload'] ?? {})) }
  } catch {
    // JSON.parse reads any depth, JSON.stringify overflows the stack on a hostile one.
    return null
  }
}

function arrayFields(value: unknown): unknown[] | null {
  return Array.isArray(value) && value.length >= 5 ? value.slice(0, 5) : null
}

function objectFields(value: unknown): unknown[] | null {
  if (!isRecord(value)) return null
  return [value['join_ref'], value['ref'], value['topic'], value['event'], value['payload']]
}

function hasPersist(value: unknown): boolean {
  return isRecord(value) && Object.hasOwn(value, 'persist') && Boolean(value['persist'])
}

function isRef(value: unknown): value is string | null | undefined {
  return value === null || value === undefined || (typeof value === 'string' && value.length <= longestName)
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function parseJson(data: Buffer): unknown {
  try {
    return JSON.parse(data.toString('utf8')) as unknown
  } catch {
    return undefined
  }
}

function sum(buffers: readonly Buffer[]): number {
  return buffers.reduce((all, buffer) => all + buffer.length, 0)
}
