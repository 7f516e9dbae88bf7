/** Addresses kept alive at once; older ones are given back. A page shows two or three blobs at a time. */
const kept = 8

const urls = new Map<Blob, string>()

/** An address for a blob, the same one every time while it is among the last few asked for. */
export function blobUrl(blob: Blob): string {
  const known = urls.get(blob)
  const url = known ?? URL.createObjectURL(blob)
  urls.delete(blob)
  urls.set(blob, url)
  for (const [oldest, address] of urls) {
    if (urls.size <= kept) break
    urls.delete(oldest)
    URL.revokeObjectURL(address)
  }
  return url
}
