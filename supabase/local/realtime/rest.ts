import { Hono } from 'hono'
import * as z from 'zod'
import { resolveCaller } from '#supabase/local/caller.ts'
import type { Caller } from '#supabase/local/context.ts'
import { ApiError, answerError, readBody } from '#supabase/local/http.ts'
import { topicPrefix } from './address.ts'
import { isJson, longestName } from './codec.ts'
import type { UserBroadcast } from './codec.ts'
import { mayWrite } from './rights.ts'
import type { Services } from './services.ts'

type Sent = { topic: string; private: boolean; broadcast: UserBroadcast }

const batch = z.object({
  messages: z
    .array(
      z.object({
        topic: z.string().min(1),
        event: z.string(),
        payload: z.record(z.string(), z.unknown()),
        private: z.boolean().nullish(),
      }),
    )
    .min(1),
})

/** `POST /api/broadcast` (a batch) and `POST /api/broadcast/:topic/events/:event` (one, JSON or bytes): 202. */
export function createBroadcastApp(services: Services): Hono {
  const app = new Hono()
  const { limits } = services

  app.post('/api/broadcast', async (c) => {
    const caller = await resolveCaller(services.ctx, c.req.raw.headers)
    const body = Buffer.from(await readBody(c.req.raw, limits.payloadBytes * 4))
    const parsed = batch.safeParse(isJson(body) ? JSON.parse(body.toString('utf8')) : null)
    if (!parsed.success) return c.json({ errors: { messages: ["can't be blank or invalid"] } }, 422)
    const sent = parsed.data.messages.map((message) => ({
      topic: message.topic,
      private: message.private ?? false,
      broadcast: { event: message.event, json: true, body: Buffer.from(JSON.stringify(message.payload)) },
    }))
    await send(services, caller, sent)
    return c.body(null, 202)
  })

  app.post('/api/broadcast/:topic/events/:event', async (c) => {
    const caller = await resolveCaller(services.ctx, c.req.raw.headers)
    const query = new URL(c.req.url).searchParams
    if ([...query.keys()].some((key) => key.startsWith('persist'))) {
      return c.json({ error: 'persist is not supported by the local server' }, 422)
    }
    const type = c.req.header('content-type')?.split(';')[0]?.trim() ?? ''
    if (type !== 'application/json' && type !== 'application/octet-stream') {
      return c.json({ error: 'Unsupported Media Type' }, 415)
    }
    const body = Buffer.from(await readBody(c.req.raw, limits.payloadBytes))
    const json = type === 'application/json'
    if (json && !isJson(body)) return c.json({ error: 'The request body is not valid JSON' }, 400)
    const { topic, event } = c.req.param()
    await send(services, caller, [
      { topic, private: query.get('private') === 'true', broadcast: { event, json, body } },
    ])
    return c.body(null, 202)
  })

  app.onError((error, c) => {
    if (error instanceof ApiError) return answerError(c, error)
    services.log.error({ err: error }, 'a broadcast request failed')
    return c.json({ error: 'Internal server error' }, 500)
  })
  return app
}

/** Private messages that the caller may not send are dropped in silence, as on hosted projects. */
async function send(services: Services, caller: Caller, messages: readonly Sent[]): Promise<void> {
  for (const { topic, broadcast } of messages) {
    const tooLong =
      Buffer.byteLength(topicPrefix + topic) > longestName || Buffer.byteLength(broadcast.event) > longestName
    if (tooLong || broadcast.body.length > services.limits.payloadBytes) {
      throw new ApiError(422, { code: 'payload_invalid', message: 'Payload size or a name exceeds the limit' })
    }
  }
  const rights = new Map<string, boolean>()
  for (const { topic, private: isPrivate, broadcast } of messages) {
    if (isPrivate && caller.role !== 'service_role') {
      const may = rights.get(topic) ?? (await mayWrite(services.ctx, caller, topic, 'broadcast'))
      rights.set(topic, may)
      if (!may) continue
    }
    services.hub.broadcast({ name: topic, private: isPrivate, broadcast, meta: null, lossy: true, except: null })
  }
}
