import { drain } from '#worker/drain.ts'
import { JobFailure } from '#worker/core/job-failure.ts'
import { encodeForm } from '#worker/encode-form.ts'

export type ComfyRequest = {
  method?: 'GET' | 'POST'
  /** Sent as JSON unless it is a form. */
  body?: unknown
  signal: AbortSignal
}

export type ComfyTransport = { url: string; timeoutMs: number }

/** The engine did not answer, or answered 5xx: nothing is known about what it did. */
export function unreachable(what: string, cause?: unknown): JobFailure {
  return new JobFailure('engine-away', `ComfyUI ${what}`, { cause })
}

/**
 * One request to ComfyUI under its `/api` prefix. Answers any status below 500; throws `JobFailure`
 * `ENGINE_UNREACHABLE` for the rest and for time-outs, and the signal's own reason when the caller aborts.
 * No `Origin` header is ever set: ComfyUI would refuse it on loopback.
 */
export async function fetchComfy(transport: ComfyTransport, path: string, request: ComfyRequest): Promise<Response> {
  const { method = 'GET', body, signal } = request
  const init: RequestInit = { method, signal: AbortSignal.any([signal, AbortSignal.timeout(transport.timeoutMs)]) }
  if (body !== undefined) {
    const isForm = body instanceof FormData
    const sent = isForm ? await encodeForm(body) : { bytes: JSON.stringify(body), type: 'application/json' }
    init.body = sent.bytes
    init.headers = { 'content-type': sent.type }
  }
  const response = await fetch(`${transport.url}/api${path}`, init).catch((error: unknown) => {
    signal.throwIfAborted()
    throw unreachable(`${method} ${path.split('?')[0]}`, error)
  })
  if (response.status < 500) return response
  await drain(response)
  throw unreachable(`${method} ${path.split('?')[0]} answered ${response.status}`)
}

/** The JSON body; a broken one counts as no answer. */
export async function readJson(response: Response, signal: AbortSignal): Promise<unknown> {
  try {
    return await response.json()
  } catch (error) {
    signal.throwIfAborted()
    throw unreachable('answered with broken JSON', error)
  }
}
