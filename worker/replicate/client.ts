import type { z } from 'zod'
import { encodeForm } from '#worker/encode-form.ts'
import { account, model, prediction, predictionPage, problem, uploadedFile } from './api.ts'
import type { Prediction, UploadedFile } from './api.ts'
import { ReplicateError, retryAfterMs, type ReplicateProblem } from './replicate-error.ts'

export type ReplicateOptions = { url: string; token: string; timeoutMs: number }

export type NewPrediction = {
  /** `owner/name` of an official model. */
  model: string
  input: Readonly<Record<string, unknown>>
  /** The provider ends it by itself after this long. */
  deadlineS: number
}

/**
 * The calls that are made of https://replicate.com/docs/reference/http. Each is made once: who may repeat what is for the
 * caller to know. Throws `ReplicateError`, or the signal's reason.
 */
export type ReplicateClient = {
  /** Throws `lost` when it cannot be known whether it was taken. */
  create: (wish: NewPrediction, signal: AbortSignal) => Promise<Prediction>
  get: (id: string, signal: AbortSignal) => Promise<Prediction>
  cancel: (id: string, signal: AbortSignal) => Promise<Prediction>
  /** Newest first; `next` is null on the last page. */
  list: (page: string | null, signal: AbortSignal) => Promise<{ next: string | null; results: Prediction[] }>
  upload: (file: { name: string; bytes: Uint8Array; mime: string }, signal: AbortSignal) => Promise<UploadedFile>
  remove: (fileId: string, signal: AbortSignal) => Promise<void>
  /** Names of the inputs that a model takes now. */
  inputsOf: (name: string, signal: AbortSignal) => Promise<string[]>
  username: (signal: AbortSignal) => Promise<string>
}

type Call = { path: string; method?: 'GET' | 'POST' | 'DELETE'; headers?: Record<string, string>; body?: BodyInit }

const kinds: Readonly<Record<number, ReplicateProblem>> = {
  400: 'invalid',
  401: 'denied',
  402: 'unpaid',
  403: 'denied',
  404: 'gone',
  413: 'invalid',
  422: 'invalid',
  429: 'throttled',
}

/** Only titles are quoted: a detail may repeat the prompt. */
async function refusal(response: Response, what: string, unheard: ReplicateProblem): Promise<ReplicateError> {
  const body: unknown = await response.json().catch(() => null)
  const { title = '', detail } = problem.catch({}).parse(body)
  const kind = kinds[response.status] ?? unheard
  const words = typeof detail === 'string' ? detail : ''
  return new ReplicateError(kind, `${what} answered ${response.status} ${title}`.trim().slice(0, 200), {
    retryAfterMs: retryAfterMs(response.headers.get('retry-after'), words, Date.now()),
  })
}

/** `url` without a trailing slash, e.g. `https://api.replicate.com/v1`. */
export function createReplicateClient({ url, token, timeoutMs }: ReplicateOptions): ReplicateClient {
  const origin = new URL(url).origin

  async function call(request: Call, unheard: ReplicateProblem, signal: AbortSignal): Promise<unknown> {
    const { path, method = 'GET', headers, body } = request
    const what = `${method} ${path.split('?')[0]}`
    try {
      const response = await fetch(path.startsWith('http') ? path : `${url}${path}`, {
        method,
        headers: { authorization: `Bearer ${token}`, ...headers },
        // Never to another host: the token goes along.
        redirect: 'error',
        signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
        ...(body === undefined ? {} : { body }),
      })
      if (!response.ok) throw await refusal(response, what, unheard)
      return response.status === 204 ? null : await response.json()
    } catch (error) {
      signal.throwIfAborted()
      if (error instanceof ReplicateError) throw error
      throw new ReplicateError(unheard, `${what} was not answered`, { cause: error })
    }
  }

  /** An answer of another shape is no answer. */
  function read<T>(schema: z.ZodType<T>, answer: unknown, unheard: ReplicateProblem): T {
    const parsed = schema.safeParse(answer)
    if (parsed.success) return parsed.data
    const paths = parsed.error.issues.map((issue) => issue.path.join('.')).slice(0, 5)
    throw new ReplicateError(unheard, `unexpected answer: ${paths.join(', ')}`)
  }

  const ask = async <T>(schema: z.ZodType<T>, request: Call, signal: AbortSignal) =>
    read(schema, await call(request, 'away', signal), 'away')

  return {
    async create({ model: name, input, deadlineS }, signal) {
      const request: Call = {
        path: `/models/${name}/predictions`,
        method: 'POST',
        headers: { 'content-type': 'application/json', 'cancel-after': `${deadlineS}s` },
        body: JSON.stringify({ input }),
      }
      try {
        return read(prediction, await call(request, 'lost', signal), 'lost')
      } catch (error) {
        // A model that does not exist took nothing.
        if (error instanceof ReplicateError && error.kind === 'gone')
          throw new ReplicateError('invalid', error.message, { cause: error })
        throw error
      }
    },
    get: (id, signal) => ask(prediction, { path: `/predictions/${id}` }, signal),
    cancel: (id, signal) => ask(prediction, { path: `/predictions/${id}/cancel`, method: 'POST' }, signal),
    async list(page, signal) {
      const found = await ask(predictionPage, { path: page ?? '/predictions' }, signal)
      const isOurs = found.next !== null && new URL(found.next).origin === origin
      return { ...found, next: isOurs ? found.next : null }
    },
    async upload({ name, bytes, mime }, signal) {
      const form = new FormData()
      form.append('content', new Blob([bytes.slice()], { type: mime }), name)
      const { bytes: body, type } = await encodeForm(form)
      return ask(uploadedFile, { path: '/files', method: 'POST', headers: { 'content-type': type }, body }, signal)
    },
    async remove(fileId, signal) {
      await call({ path: `/files/${encodeURIComponent(fileId)}`, method: 'DELETE' }, 'away', signal)
    },
    async inputsOf(name, signal) {
      const { latest_version: version } = await ask(model, { path: `/models/${name}` }, signal)
      return Object.keys(version?.openapi_schema.components.schemas.Input.properties ?? {})
    },
    async username(signal) {
      return (await ask(account, { path: '/account' }, signal)).username
    },
  }
}
