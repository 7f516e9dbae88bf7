import { createHash } from 'node:crypto'
import type { ClaimedJob } from '#shared/worker/schema.ts'
import type { InputRole } from '#shared/jobs/rules.ts'
import { backoffMs } from '#worker/core/backoff.ts'
import { JobFailure } from '#worker/core/job-failure.ts'
import { normaliseInput } from '#worker/images/normalise-input.ts'
import { wait } from '#worker/wait.ts'

type Input = ClaimedJob['inputs'][number]
export type FetchedInput = {
  role: InputRole
  weight: number
  order: number
  bytes: Uint8Array
  width: number
  height: number
}

const tries = 5
const timeoutMs = 60_000

function lost(detail: string, cause?: unknown): JobFailure {
  return new JobFailure('INPUT_UNREADABLE', true, detail, { cause })
}

/** The bytes behind a signed URL, exactly those that the job names. Never logs the URL: it is a bearer credential. */
async function download(input: Input, signal: AbortSignal): Promise<Uint8Array> {
  try {
    const response = await fetch(input.url, { signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]) })
    if (!response.ok) throw lost(`input answered ${response.status}`)
    const bytes = new Uint8Array(await response.arrayBuffer())
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    if (sha256 !== input.sha256) throw lost(`input has ${bytes.byteLength} of ${input.bytes} bytes, or others`)
    return bytes
  } catch (error) {
    signal.throwIfAborted()
    throw error instanceof JobFailure ? error : lost('input did not arrive', error)
  }
}

async function fetchInput(input: Input, signal: AbortSignal): Promise<FetchedInput> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      const work = await normaliseInput(await download(input, signal))
      return { role: input.role, weight: input.weight, order: input.order, ...work }
    } catch (error) {
      const again = error instanceof JobFailure && error.retry && attempt < tries - 1
      if (!again) throw error
    }
    await wait(backoffMs(attempt, { baseMs: 500, capMs: 8_000 }, Math.random()), signal)
  }
}

/**
 * Every input of a job, checked against its SHA-256 and normalised for ComfyUI, in the order of the request. Throws
 * `JobFailure` `INPUT_UNREADABLE`, to be retried unless the bytes themselves are bad.
 */
export async function fetchInputs(job: ClaimedJob, signal: AbortSignal): Promise<FetchedInput[]> {
  const inputs = await Promise.all(job.inputs.map((input) => fetchInput(input, signal)))
  return inputs.sort((a, b) => a.order - b.order)
}
