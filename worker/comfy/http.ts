import { drain } from '#worker/drain.ts'
import { classifyRejection } from '#worker/core/decide.ts'
import type { JobFailure } from '#worker/core/job-failure.ts'
import type { ImageRef } from '#worker/core/messages.ts'
import type { Graph } from '#shared/workflows/graph.ts'
import * as answers from './answers.ts'
import { fetchComfy, readJson, unreachable, type ComfyTransport } from './fetch-json.ts'

export type Submission = { promptId: string; clientId: string; graph: Graph }

/** `type` is ComfyUI's folder, `input` unless it is said. */
export type UploadedFile = { type?: 'input' | 'temp'; subfolder: string; name: string; bytes: Uint8Array }

/** ComfyUI's HTTP side. Every call takes a signal, has a time-out, and throws `JobFailure` when there is no answer. */
export type ComfyHttp = {
  stats: (signal: AbortSignal) => Promise<answers.ComfyStats>
  objectInfo: (signal: AbortSignal) => Promise<answers.ObjectInfo>
  /** null = accepted whole; else why not. A partly accepted graph is a refusal: the caller cancels it. */
  submit: (submission: Submission, signal: AbortSignal) => Promise<JobFailure | null>
  /** null = ComfyUI does not know the prompt (never posted, dequeued, or it restarted). */
  job: (promptId: string, signal: AbortSignal) => Promise<answers.ComfyJob | null>
  /** Output images by node, or null while the entry is not there. */
  history: (promptId: string, signal: AbortSignal) => Promise<Record<string, ImageRef[]> | null>
  /** True when it was still pending or running; never global. */
  cancel: (promptId: string, signal: AbortSignal) => Promise<boolean>
  forget: (promptId: string, signal: AbortSignal) => Promise<void>
  /** Uploads a file and answers the name to write into LoadImage, which may differ from the one asked for. */
  upload: (file: UploadedFile, signal: AbortSignal) => Promise<string>
  /** The bytes of an output, or null when the file is gone. */
  view: (image: ImageRef, signal: AbortSignal) => Promise<Uint8Array | null>
  /** Unloads models and empties caches after the current prompt. */
  free: (signal: AbortSignal) => Promise<void>
}

function listErrors(found: answers.NodeErrors | unknown[] | undefined) {
  if (!found || Array.isArray(found)) return []
  return Object.entries(found).flatMap(([node, { class_type: classType, errors }]) =>
    errors.map((error) => ({ node, classType, type: error.type, input: error.extra_info?.input_name ?? '' })),
  )
}

async function submit(transport: ComfyTransport, { promptId, clientId, graph }: Submission, signal: AbortSignal) {
  const body = { prompt: graph, prompt_id: promptId, client_id: clientId, extra_data: { preview_method: 'auto' } }
  const response = await fetchComfy(transport, '/prompt', { method: 'POST', body, signal })
  const json = await readJson(response, signal)
  if (response.ok) {
    const accepted = answers.submitAnswer.safeParse(json)
    if (!accepted.success) throw unreachable('accepted a prompt in an unknown way')
    const errors = listErrors(accepted.data.node_errors)
    return errors.length === 0 ? null : classifyRejection('partly_accepted', errors)
  }
  const refused = answers.refusalAnswer.safeParse(json)
  if (!refused.success) throw unreachable(`POST /prompt answered ${response.status}`)
  const { error, node_errors: errors } = refused.data
  return classifyRejection(typeof error === 'string' ? error : error.type, listErrors(errors))
}

async function history(transport: ComfyTransport, promptId: string, signal: AbortSignal) {
  const response = await fetchComfy(transport, `/history/${promptId}`, { signal })
  const entry = answers.historyAnswer.safeParse(await readJson(response, signal)).data?.[promptId]
  return entry ? imagesByNode(entry.outputs) : null
}

async function upload(transport: ComfyTransport, file: UploadedFile, signal: AbortSignal) {
  const form = new FormData()
  form.set('image', new Blob([file.bytes.slice()], { type: 'image/png' }), file.name)
  form.set('type', file.type ?? 'input')
  form.set('subfolder', file.subfolder)
  form.set('overwrite', 'true')
  const response = await fetchComfy(transport, '/upload/image', { method: 'POST', body: form, signal })
  const stored = answers.uploadAnswer.safeParse(await readJson(response, signal))
  if (!response.ok || !stored.success) throw unreachable(`upload answered ${response.status}`)
  return stored.data.subfolder === '' ? stored.data.name : `${stored.data.subfolder}/${stored.data.name}`
}

async function view(transport: ComfyTransport, image: ImageRef, signal: AbortSignal) {
  const response = await fetchComfy(transport, `/view?${new URLSearchParams(image)}`, { signal })
  if (!response.ok) {
    await drain(response)
    return null
  }
  // A connection that breaks off in mid-body is no answer: the file is still there for the next try.
  return new Uint8Array(
    await response.arrayBuffer().catch((error: unknown) => {
      signal.throwIfAborted()
      throw unreachable('broke off an image', error)
    }),
  )
}

/** Output images by node id; nodes without images are left out. */
export function imagesByNode(outputs: answers.ComfyJob['outputs']): Record<string, ImageRef[]> {
  return Object.fromEntries(Object.entries(outputs ?? {}).map(([node, output]) => [node, output.images ?? []]))
}

/** A client of the ComfyUI at `url` (no trailing slash). `timeoutMs` bounds each call. */
export function createComfyHttp({ url, timeoutMs }: ComfyTransport): ComfyHttp {
  const transport = { url: url.replace(/\/+$/, ''), timeoutMs }
  const post = (path: string, body: unknown, signal: AbortSignal) =>
    fetchComfy(transport, path, { method: 'POST', body, signal })
  const getJson = async (path: string, signal: AbortSignal) =>
    readJson(await fetchComfy(transport, path, { signal }), signal)
  return {
    stats: async (signal) => answers.statsAnswer.parse(await getJson('/system_stats', signal)),
    objectInfo: async (signal) => answers.objectInfo.parse(await getJson('/object_info', signal)),
    submit: (submission, signal) => submit(transport, submission, signal),
    async job(promptId, signal) {
      const response = await fetchComfy(transport, `/jobs/${promptId}`, { signal })
      if (response.status === 404) {
        await drain(response)
        return null
      }
      const parsed = answers.jobAnswer.safeParse(await readJson(response, signal))
      if (!parsed.success) throw unreachable(`GET /jobs answered ${response.status}`)
      return parsed.data
    },
    history: (promptId, signal) => history(transport, promptId, signal),
    async cancel(promptId, signal) {
      const response = await post(`/jobs/${promptId}/cancel`, {}, signal)
      const json = await readJson(response, signal)
      return typeof json === 'object' && json !== null && 'cancelled' in json && json.cancelled === true
    },
    async forget(promptId, signal) {
      await drain(await post('/history', { delete: [promptId] }, signal))
    },
    upload: (file, signal) => upload(transport, file, signal),
    view: (image, signal) => view(transport, image, signal),
    async free(signal) {
      await drain(await post('/free', { unload_models: true, free_memory: true }, signal))
    },
  }
}
