/** A transfer that has not moved for this long is dead, whatever the browser believes. Milliseconds. */
const silentFor = 60_000

/**
 * PUT to a signed address, with progress as 0 to 1; fetch cannot tell how much has been sent. Rejects when the store
 * says no, when nothing comes back or moves any more, and when `signal` stops it.
 */
export function putObject(
  ticket: { url: string; headers: Record<string, string> },
  blob: Blob,
  onShare: (share: number) => void,
  signal?: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    let watchdog: ReturnType<typeof setTimeout> | undefined
    const alive = () => {
      clearTimeout(watchdog)
      watchdog = setTimeout(() => fail('upload stalled'), silentFor)
    }
    const stop = () => fail('upload stopped')
    function end(): void {
      clearTimeout(watchdog)
      signal?.removeEventListener('abort', stop)
    }
    function fail(reason: string): void {
      end()
      reject(new Error(reason))
      request.abort()
    }
    request.open('PUT', ticket.url)
    for (const [name, value] of Object.entries(ticket.headers)) request.setRequestHeader(name, value)
    request.upload.addEventListener('progress', (event) => {
      alive()
      if (event.lengthComputable) onShare(event.loaded / event.total)
    })
    request.addEventListener('load', () => {
      end()
      if (request.status >= 200 && request.status < 300) resolve()
      else reject(new Error(`upload answered ${request.status}`))
    })
    request.addEventListener('error', () => fail('upload lost'))
    if (signal?.aborted) return fail('upload stopped')
    signal?.addEventListener('abort', stop)
    alive()
    request.send(blob)
  })
}
