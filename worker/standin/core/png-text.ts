import { crc32 } from 'node:zlib'

const signatureLength = 8

/** Adds tEXt chunks after the header of a PNG. Non-ASCII text is written as JSON escapes, as Python's json does. */
export function withPngText(png: Buffer, texts: Record<string, string>): Buffer {
  const headerEnd = signatureLength + 12 + png.readUInt32BE(signatureLength)
  const chunks = Object.entries(texts).map(([key, text]) =>
    chunk('tEXt', Buffer.from(`${key}\0${ascii(text)}`, 'latin1')),
  )
  return Buffer.concat([png.subarray(0, headerEnd), ...chunks, png.subarray(headerEnd)])
}

/** The tEXt chunks of a PNG by key. */
export function readPngText(png: Buffer): Record<string, string> {
  const texts: Record<string, string> = {}
  for (let at = signatureLength; at + 12 <= png.length;) {
    const length = png.readUInt32BE(at)
    if (png.toString('latin1', at + 4, at + 8) === 'tEXt') {
      const body = png.toString('latin1', at + 8, at + 8 + length)
      const split = body.indexOf('\0')
      texts[body.slice(0, split)] = body.slice(split + 1)
    }
    at += 12 + length
  }
  return texts
}

function chunk(type: string, body: Buffer): Buffer {
  const typed = Buffer.concat([Buffer.from(type, 'latin1'), body])
  const frame = Buffer.alloc(8 + typed.length)
  frame.writeUInt32BE(body.length, 0)
  typed.copy(frame, 4)
  frame.writeUInt32BE(crc32(typed), 4 + typed.length)
  return frame
}

function ascii(text: string): string {
  return text.replaceAll(/[\u0080-\uffff]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
