import { createHash } from 'node:crypto'
import { z } from 'zod'
import { backoffMs } from '#worker/core/backoff.ts'
import type { Fault } from '#worker/core/failure-table.ts'
import { JobFailure } from '#worker/core/job-failure.ts'
import { wait } from '#worker/wait.ts'

/** A file of a claimed job: where it is and what it must be. */
type ClaimedFile = { url: string; bytes: number; sha256: string }

const tries = 5
const timeoutMs = 60_000
/** What another try may mend: storage is away, or bytes were damaged on their way. */
const mendable: ReadonlySet<Fault> = new Set(['input-away', 'input-lost'])

/** Supabase Storage words nearly every refusal as HTTP 400; what happened stands in the body. */
const refusal = z.object({ statusCode: z.coerce.number() }).transform(({ statusCode }) => statusCode)

async function statusOf(response: Response): Promise<number> {
  if (response.status !== 400) return response.status
  const body: unknown = await response.json().catch(() => null)
  const told = refusal.safeParse(body)
  return told.success ? told.data : response.status
}

/** What a storage means that does not give the object: it has none, it is away, or it takes this address no more. */
function faultOf(status: number): Fault {
  if (status === 404 || status === 410) return 'input-gone'
  if (status >= 500 || status === 408 || status === 429) return 'input-away'
  return 'input-refused'
}

async function downloadOnce(file: ClaimedFile, signal: AbortSignal): Promise<Uint8Array> {
  try {
    const response = await fetch(file.url, { signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]) })
    if (!response.ok) {
      const status = await statusOf(response)
      throw new JobFailure(faultOf(status), `input answered ${status}`)
    }
    const bytes = new Uint8Array(await response.arrayBuffer())
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    if (sha256 !== file.sha256)
      throw new JobFailure('input-lost', `input has ${bytes.byteLength} of ${file.bytes} bytes, or others`)
    return bytes
  } catch (error) {
    signal.throwIfAborted()
    throw error instanceof JobFailure ? error : new JobFailure('input-away', 'input did not arrive', { cause: error })
  }
}

/**
 * The bytes behind a signed URL, exactly those that the job names; asked for again while that may help. Never logs the
 * URL: it is a bearer credential. Throws `JobFailure`: `input-gone` when storage has no such object, `input-away` and
 * `input-refused` for another box, `input-lost` when the bytes are others. `pause` is what lies between two tries.
 */
export async function download(file: ClaimedFile, signal: AbortSignal, pause = wait): Promise<Uint8Array> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await downloadOnce(file, signal)
    } catch (error) {
      const again = error instanceof JobFailure && mendable.has(error.fault) && attempt < tries - 1
      if (!again) throw error
    }
    await pause(backoffMs(attempt, { baseMs: 500, capMs: 8_000 }, Math.random()), signal)
  }
}
