/** Hands bytes to the browser's downloads under `name`. */
export function saveBlob(blob: Blob, name: string): void {
  const address = URL.createObjectURL(blob)
  const link = document.createElement('a')
  link.href = address
  link.download = name
  link.click()
  // Some browsers start reading only after the click returns.
  setTimeout(() => URL.revokeObjectURL(address), 10_000)
}

/** Fetches a file and hands it to the browser's downloads under `name`. False when it could not be fetched. */
export async function saveFile(url: string, name: string): Promise<boolean> {
  const blob = await fetch(url)
    .then((response) => (response.ok ? response.blob() : null))
    .catch(() => null)
  if (blob) saveBlob(blob, name)
  return blob !== null
}
