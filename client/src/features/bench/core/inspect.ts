import { imageLimits } from '#shared/assets/rules.ts'
import { readHeader } from './header.ts'

export type FileKind = 'jpeg' | 'png' | 'webp' | 'gif' | 'avif' | 'heic' | 'bmp' | 'unknown'

export type FileProblem =
  | 'empty'
  | 'too-large'
  | 'heic'
  | 'animated'
  | 'cmyk'
  | 'too-many-pixels'
  | 'not-image'
  | 'unreadable'
  | 'too-small'
  | 'too-narrow'
  | 'offline'
  | 'folder'
  | 'address'

/** Pixels that a browser can be asked to open: four bytes each, twice, must fit a phone or an old tablet. */
export const openablePixels = 100_000_000

/** Bytes of a file's head that are enough for every check below. */
export const headBytes = 64 * 1024

function ascii(head: Uint8Array, from: number, to: number): string {
  return String.fromCharCode(...head.subarray(from, to))
}

/** What a file is by its first bytes; names and MIME types of files lie. */
export function fileKind(head: Uint8Array): FileKind {
  if (head[0] === 0xff && head[1] === 0xd8) return 'jpeg'
  if (head[0] === 0x89 && ascii(head, 1, 4) === 'PNG') return 'png'
  if (ascii(head, 0, 4) === 'RIFF' && ascii(head, 8, 12) === 'WEBP') return 'webp'
  if (ascii(head, 0, 4) === 'GIF8') return 'gif'
  if (ascii(head, 0, 2) === 'BM') return 'bmp'
  if (ascii(head, 4, 8) !== 'ftyp') return 'unknown'
  const brands = ascii(head, 8, 40)
  if (/avi[fs]/.test(brands)) return 'avif'
  return /hei[cxms]|hev[cx]|mif1|msf1/.test(brands) ? 'heic' : 'unknown'
}

function count(head: Uint8Array, text: string): number {
  const first = text.charCodeAt(0)
  let found = 0
  for (let at = head.indexOf(first); at !== -1; at = head.indexOf(first, at + 1)) {
    if (ascii(head, at, at + text.length) === text) found += 1
  }
  return found
}

/** True when the head says that the file moves: APNG's acTL, WebP's ANIM flag, GIF's looping extension or second frame. */
export function isAnimated(kind: FileKind, head: Uint8Array): boolean {
  if (kind === 'png') return count(head, 'acTL') > 0
  if (kind === 'webp') return ascii(head, 12, 16) === 'VP8X' && ((head[20] ?? 0) & 0b10) !== 0
  // A graphic control block stands before each frame.
  if (kind === 'gif') return count(head, 'NETSCAPE2.0') > 0 || count(head, '!\u00f9\u0004') > 1
  return kind === 'avif' && ascii(head, 8, 12) === 'avis'
}

/** Why a file cannot go on the bench as far as its size and first bytes tell; null when decoding may be tried. */
export function inspectFile(bytes: number, head: Uint8Array): FileProblem | null {
  if (bytes === 0) return 'empty'
  if (bytes > imageLimits.fileBytes) return 'too-large'
  const kind = fileKind(head)
  if (kind === 'unknown') return 'not-image'
  if (isAnimated(kind, head)) return 'animated'
  const { size, cmyk } = readHeader(kind, head)
  if (size && size.width * size.height > openablePixels) return 'too-many-pixels'
  return cmyk ? 'cmyk' : null
}
