import type { ImageMime } from '#shared/assets/rules.ts'

const pngSignature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]

/** The type that the first bytes say, whatever a name or a header claimed; null for any but our three. */
export function sniffMime(bytes: Uint8Array): ImageMime | null {
  if (startsWith(bytes, 0, [0xff, 0xd8, 0xff])) return 'image/jpeg'
  if (startsWith(bytes, 0, pngSignature)) return 'image/png'
  if (startsWith(bytes, 0, ascii('RIFF')) && startsWith(bytes, 8, ascii('WEBP'))) return 'image/webp'
  return null
}

/** True for an APNG: libpng shows its first frame and says nothing. `acTL` must stand before the image data. */
export function isAnimatedPng(bytes: Uint8Array): boolean {
  if (!startsWith(bytes, 0, pngSignature)) return false
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let at = pngSignature.length
  while (at + 12 <= bytes.byteLength) {
    if (startsWith(bytes, at + 4, ascii('acTL'))) return true
    if (startsWith(bytes, at + 4, ascii('IDAT'))) return false
    at += 12 + view.getUint32(at)
  }
  return false
}

function startsWith(bytes: Uint8Array, at: number, expected: readonly number[]): boolean {
  return expected.every((byte, index) => bytes[at + index] === byte)
}

function ascii(text: string): number[] {
  return [...Buffer.from(text, 'ascii')]
}
