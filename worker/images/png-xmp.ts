import { crc32 } from 'node:zlib'

/** Signature (8 bytes) and IHDR (length, type, 13 bytes, CRC). */
const headerEnd = 8 + 4 + 4 + 13 + 4

/**
 * A PNG with an XMP packet in an iTXt chunk after its header, where the XMP specification wants it; libvips would write
 * a compressed zTXt, which readers may skip.
 */
export function insertXmp(png: Uint8Array, xmp: string): Uint8Array {
  // Keyword, NUL, not compressed, method 0, empty language and translated keyword.
  const body = Buffer.concat([
    Buffer.from('iTXt'),
    Buffer.from('XML:com.adobe.xmp\0\0\0\0\0'),
    Buffer.from(xmp, 'utf8'),
  ])
  const chunk = Buffer.alloc(4 + body.length + 4)
  chunk.writeUInt32BE(body.length - 4, 0)
  body.copy(chunk, 4)
  chunk.writeUInt32BE(crc32(body), 4 + body.length)
  return Buffer.concat([png.subarray(0, headerEnd), chunk, png.subarray(headerEnd)])
}
