/**
 * PUT to a signed address, with progress as 0 to 1; fetch cannot tell how much has been sent. Rejects when the store
 * says no or nothing comes back.
 */
export function putObject(
  ticket: { url: string; headers: Record<string, string> },
  blob: Blob,
  onShare: (share: number) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    request.open('PUT', ticket.url)
    for (const [name, value] of Object.entries(ticket.headers)) request.setRequestHeader(name, value)
    request.upload.addEventListener('progress', (event) => {
      if (event.lengthComputable) onShare(event.loaded / event.total)
    })
    request.addEventListener('load', () => {
      if (request.status >= 200 && request.status < 300) resolve()
      else reject(new Error(`upload answered ${request.status}`))
    })
    request.addEventListener('error', () => reject(new Error('upload lost')))
    request.send(blob)
  })
}
