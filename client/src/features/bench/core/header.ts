import type { Size } from './size.ts'
import type { FileKind } from './inspect.ts'

/** What the first bytes of a picture say of it; null where they do not reach that far. */
export type Header = { size: Size | null; cmyk: boolean }

const unknown: Header = { size: null, cmyk: false }

function u16(head: Uint8Array, at: number): number {
  return ((head[at] ?? 0) << 8) | (head[at + 1] ?? 0)
}
function u32(head: Uint8Array, at: number): number {
  return u16(head, at) * 65_536 + u16(head, at + 2)
}
function u24le(head: Uint8Array, at: number): number {
  return (head[at] ?? 0) | ((head[at + 1] ?? 0) << 8) | ((head[at + 2] ?? 0) << 16)
}
function ascii(head: Uint8Array, from: number, to: number): string {
  return String.fromCharCode(...head.subarray(from, to))
}

/** Start-of-frame markers of JPEG: C0 to CF without the three that are tables (C4, C8, CC). */
function isFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc
}

/** Walks the segments of a JPEG up to its frame, which tells size and number of colour channels. */
function readJpeg(head: Uint8Array): Header {
  let at = 2
  while (at + 9 < head.length && head[at] === 0xff) {
    const marker = head[at + 1] ?? 0
    if (isFrame(marker)) {
      const size = { width: u16(head, at + 7), height: u16(head, at + 5) }
      return { size, cmyk: head[at + 9] === 4 }
    }
    at += 2 + u16(head, at + 2)
  }
  return unknown
}

/** The three forms of WebP: extended, lossless, lossy. */
function readWebp(head: Uint8Array): Header {
  const form = ascii(head, 12, 16)
  if (form === 'VP8X') return { size: { width: u24le(head, 24) + 1, height: u24le(head, 27) + 1 }, cmyk: false }
  if (form === 'VP8L') {
    const bits = u24le(head, 21) + (head[24] ?? 0) * 16_777_216
    return { size: { width: (bits & 0x3fff) + 1, height: (Math.floor(bits / 16_384) & 0x3fff) + 1 }, cmyk: false }
  }
  if (form !== 'VP8 ') return unknown
  return { size: { width: u24le(head, 26) & 0x3fff, height: u24le(head, 28) & 0x3fff }, cmyk: false }
}

/** Size and colours of a picture by its first bytes, before anything is decoded. */
export function readHeader(kind: FileKind, head: Uint8Array): Header {
  switch (kind) {
    case 'jpeg':
      return readJpeg(head)
    case 'png':
      return ascii(head, 12, 16) === 'IHDR'
        ? { size: { width: u32(head, 16), height: u32(head, 20) }, cmyk: false }
        : unknown
    case 'webp':
      return readWebp(head)
    case 'gif':
      return { size: { width: u24le(head, 6) & 0xffff, height: u24le(head, 8) & 0xffff }, cmyk: false }
    case 'bmp':
      return { size: { width: u24le(head, 18), height: u24le(head, 22) }, cmyk: false }
    case 'avif':
    case 'heic':
    case 'unknown':
      return unknown
  }
}
