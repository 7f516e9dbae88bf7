import { imageLimits } from '#shared/assets/rules.ts'

export type FileKind = 'jpeg' | 'png' | 'webp' | 'gif' | 'avif' | 'heic' | 'bmp' | 'unknown'

export type FileProblem =
  | 'empty'
  | 'too-large'
  | 'heic'
  | 'animated'
  | 'not-image'
  | 'unreadable'
  | 'too-small'
  | 'too-narrow'
  | 'offline'

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

function contains(head: Uint8Array, text: string): boolean {
  const first = text.charCodeAt(0)
  for (let at = head.indexOf(first); at !== -1; at = head.indexOf(first, at + 1)) {
    if (ascii(head, at, at + text.length) === text) return true
  }
  return false
}

/** True when the head says that the file moves: APNG's acTL, WebP's ANIM flag, GIF's looping extension. */
export function isAnimated(kind: FileKind, head: Uint8Array): boolean {
  if (kind === 'png') return contains(head, 'acTL')
  if (kind === 'webp') return ascii(head, 12, 16) === 'VP8X' && ((head[20] ?? 0) & 0b10) !== 0
  if (kind === 'gif') return contains(head, 'NETSCAPE2.0')
  return kind === 'avif' && ascii(head, 8, 12) === 'avis'
}

/** Why a file cannot go on the bench as far as its size and first bytes tell; null when decoding may be tried. */
export function inspectFile(bytes: number, head: Uint8Array): FileProblem | null {
  if (bytes === 0) return 'empty'
  if (bytes > imageLimits.fileBytes) return 'too-large'
  const kind = fileKind(head)
  if (kind === 'unknown') return 'not-image'
  return isAnimated(kind, head) ? 'animated' : null
}
