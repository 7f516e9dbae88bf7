import { isFlat, openImage, openPicture, readPixels, type Raster } from '#worker/images/sharp.ts'
import { JobFailure } from '#worker/core/job-failure.ts'
import { backoffMs } from '#worker/core/backoff.ts'
import { wait } from '#worker/wait.ts'

/** Hosts of output files: https://replicate.com/docs/topics/predictions/output-files */
const outputHost = /^([a-z0-9-]+\.)*replicate\.delivery$/
const maxBytes = 48 * 1024 * 1024
const timeoutMs = 60_000
const tries = 4

/** The one address of a model's output, which is a text or a list of texts. Throws `JobFailure`. */
export function outputUrl(output: unknown, apiUrl: string): URL {
  const first: unknown = Array.isArray(output) ? output[0] : output
  if (typeof first !== 'string' || !URL.canParse(first)) throw new JobFailure('engine-error', 'no output address')
  const url = new URL(first)
  // A stand-in serves its files itself; the real one never does over plain HTTP.
  const isApi = url.origin === new URL(apiUrl).origin
  if (!isApi && (url.protocol !== 'https:' || url.port !== '' || !outputHost.test(url.hostname))) {
    throw new JobFailure('engine-error', `output at a host that is not the provider's: ${url.hostname}`)
  }
  return url
}

async function readBounded(response: Response): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  let size = 0
  for await (const part of response.body ?? []) {
    size += part.byteLength
    if (size > maxBytes) throw new JobFailure('engine-error', `output of more than ${maxBytes} bytes`)
    parts.push(part)
  }
  return Buffer.concat(parts)
}

async function fetchOnce(url: URL, signal: AbortSignal): Promise<Uint8Array> {
  const response = await fetch(url, {
    redirect: 'error',
    signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
  })
  if (response.ok) return readBounded(response)
  await response.body?.cancel()
  // It is kept for an hour and then never comes back.
  if (response.status === 404 || response.status === 410)
    throw new JobFailure('provider-expired', 'the output has expired')
  throw new Error(`output answered ${response.status}`)
}

async function fetchOutput(url: URL, signal: AbortSignal): Promise<Uint8Array> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await fetchOnce(url, signal)
    } catch (error) {
      signal.throwIfAborted()
      if (error instanceof JobFailure) throw error
      if (attempt === tries - 1) throw new JobFailure('engine-away', 'the output did not arrive', { cause: error })
    }
    await wait(backoffMs(attempt, { baseMs: 300, capMs: 4_000 }, Math.random()), signal)
  }
}

/** The picture behind an output, copied at once: decodes whole and is not one colour. Throws `JobFailure`. */
export async function takeOutput(url: URL, signal: AbortSignal): Promise<Raster> {
  const bytes = await fetchOutput(url, signal)
  const read = await readPixels(bytes).catch((error: unknown) => {
    throw new JobFailure('output-corrupt', 'the output does not decode', { cause: error })
  })
  // What a filter blackens.
  if (await isFlat(openImage(bytes))) throw new JobFailure('provider-blank', 'the output is one colour')
  return read
}

/** Sides may differ by this share before a picture counts as another one. */
const sameShape = 0.03

/** A picture at the size of the work image that it is laid over. Throws `JobFailure` when it has another shape. */
export async function toSize(
  picture: Raster,
  { width, height }: { width: number; height: number },
): Promise<Uint8Array> {
  const stretch = picture.width / picture.height / (width / height)
  if (Math.abs(stretch - 1) > sameShape) {
    throw new JobFailure('engine-error', `${picture.width} × ${picture.height} for ${width} × ${height}`)
  }
  return openPicture(picture)
    .resize({ width, height, fit: 'fill', kernel: 'lanczos3' })
    .png({ compressionLevel: 1 })
    .toBuffer()
}
