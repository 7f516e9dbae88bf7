import { concat, latin1, utf8 } from './bytes.ts'

/** CRC-32 of PNG chunks (ISO 3309), one entry a byte. */
const crcTable = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1
  return value >>> 0
})

function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff
  for (const byte of bytes) crc = (crcTable[(crc ^ byte) & 0xff] ?? 0) ^ (crc >>> 8)
  return (crc ^ 0xffffffff) >>> 0
}

function chunk(type: string, body: Uint8Array): Uint8Array {
  const named = concat([latin1(type), body])
  const whole = new Uint8Array(named.length + 8)
  const view = new DataView(whole.buffer)
  view.setUint32(0, body.length)
  whole.set(named, 4)
  view.setUint32(whole.length - 4, crc32(named))
  return whole
}

/** An uncompressed iTXt chunk: keyword, NUL, not compressed, method 0, empty language and translated keyword. */
function textChunk(keyword: string, text: string): Uint8Array {
  return chunk('iTXt', concat([latin1(`${keyword}\0\0\0\0\0`), utf8(text)]))
}

const signatureLength = 8
const xmpKeyword = 'XML:com.adobe.xmp'
/** Chunks that may hold words about the picture, and who took it where. */
const told: ReadonlySet<string> = new Set(['iTXt', 'tEXt', 'zTXt', 'eXIf', 'tIME'])

/** The same picture, pixel for pixel, with `xmp` and whatever `texts` say (by keyword) as its only words. */
export function describePng(png: Uint8Array, xmp: string, texts: Readonly<Record<string, string>>): Uint8Array {
  const view = new DataView(png.buffer, png.byteOffset, png.byteLength)
  const parts: Uint8Array[] = [png.subarray(0, signatureLength)]
  for (let at = signatureLength; at + 12 <= png.length;) {
    const end = at + 12 + view.getUint32(at)
    const type = String.fromCodePoint(...png.subarray(at + 4, at + 8))
    if (!told.has(type)) parts.push(png.subarray(at, end))
    if (type === 'IHDR') {
      parts.push(textChunk(xmpKeyword, xmp), ...Object.entries(texts).map(([key, text]) => textChunk(key, text)))
    }
    at = end
  }
  return concat(parts)
}
