import { createHash } from 'node:crypto'
import { backoffMs } from '#worker/core/backoff.ts'
import { JobFailure } from '#worker/core/job-failure.ts'
import { wait } from '#worker/wait.ts'

/** A file of a claimed job: where it is and what it must be. */
type ClaimedFile = { url: string; bytes: number; sha256: string }

const tries = 5
const timeoutMs = 60_000

function lost(detail: string, cause?: unknown): JobFailure {
  return new JobFailure('input-lost', detail, { cause })
}

async function downloadOnce(file: ClaimedFile, signal: AbortSignal): Promise<Uint8Array> {
  try {
    const response = await fetch(file.url, { signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]) })
    if (!response.ok) throw lost(`input answered ${response.status}`)
    const bytes = new Uint8Array(await response.arrayBuffer())
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    if (sha256 !== file.sha256) throw lost(`input has ${bytes.byteLength} of ${file.bytes} bytes, or others`)
    return bytes
  } catch (error) {
    signal.throwIfAborted()
    throw error instanceof JobFailure ? error : lost('input did not arrive', error)
  }
}

/**
 * The bytes behind a signed URL, exactly those that the job names; asked for again while they are not. Never logs the
 * URL: it is a bearer credential. Throws `JobFailure` `INPUT_UNREADABLE`, to be retried.
 */
export async function download(file: ClaimedFile, signal: AbortSignal): Promise<Uint8Array> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await downloadOnce(file, signal)
    } catch (error) {
      const again = error instanceof JobFailure && attempt < tries - 1
      if (!again) throw error
    }
    await wait(backoffMs(attempt, { baseMs: 500, capMs: 8_000 }, Math.random()), signal)
  }
}
