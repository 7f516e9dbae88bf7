import { concat, latin1, utf8 } from './bytes.ts'

const headerLength = 12
/** Bits of VP8X: alpha and XMP. */
const [alphaBit, xmpBit] = [0x10, 0x04]
const told: ReadonlySet<string> = new Set(['EXIF', 'XMP '])

function chunk(type: string, body: Uint8Array): Uint8Array {
  const head = new Uint8Array(8)
  head.set(latin1(type))
  new DataView(head.buffer).setUint32(4, body.length, true)
  return concat([head, body, new Uint8Array(body.length % 2)])
}

/** The extended header (Google's WebP container specification): flags, then width and height less one in 24 bits. */
function extended({ width, height }: { width: number; height: number }, flags: number): Uint8Array {
  const body = new Uint8Array(10)
  const view = new DataView(body.buffer)
  view.setUint8(0, flags)
  view.setUint32(4, width - 1, true)
  view.setUint16(7, (height - 1) & 0xffff, true)
  view.setUint8(9, (height - 1) >> 16)
  return chunk('VP8X', body)
}

/** The same still WebP of `size` with `xmp` as its only words. */
export function describeWebp(webp: Uint8Array, xmp: string, size: { width: number; height: number }): Uint8Array {
  const view = new DataView(webp.buffer, webp.byteOffset, webp.byteLength)
  const kept: Uint8Array[] = []
  let flags = xmpBit
  for (let at = headerLength; at + 8 <= webp.length;) {
    const type = String.fromCodePoint(...webp.subarray(at, at + 4))
    const length = view.getUint32(at + 4, true)
    const end = at + 8 + length + (length % 2)
    if (type === 'VP8X') flags |= (webp[at + 8] ?? 0) & ~0x0a
    else if (!told.has(type)) kept.push(webp.subarray(at, end))
    // Lossless says in its own header whether it has alpha: bit 28 after the signature byte.
    if (type === 'VP8L' && ((webp[at + 12] ?? 0) & alphaBit) !== 0) flags |= alphaBit
    at = end
  }
  const body = concat([latin1('WEBP'), extended(size, flags), ...kept, chunk('XMP ', utf8(xmp))])
  return chunk('RIFF', body)
}
