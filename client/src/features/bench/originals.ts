import type { BenchImage } from './core/slots.ts'

/** Files as they were handed in, by image key, for as long as the page lives: what is cut is cut from the whole. */
const originals = new Map<string, Blob>()

export function rememberOriginal(key: string, file: Blob): void {
  originals.set(key, file)
}

/** What an image is cut from: the file itself while it is known, else the image as it was scaled down. */
export function originalOf({ key, original, blob }: BenchImage): Blob {
  return original ?? originals.get(key) ?? blob
}
