const signature = Buffer.from('89504e470d0a1a0a', 'hex')
/** Length and type before a chunk's data, CRC after it. */
const [headBytes, crcBytes] = [8, 4]
/** What a picture is made of; all else (text, profiles, times) says something about how it was made. */
const kept: ReadonlySet<string> = new Set(['IHDR', 'IDAT', 'IEND'])

/**
 * The same picture byte for byte, without anything that ComfyUI wrote beside it: the whole graph, prompt and all. null
 * when it is no plain 8-bit RGB PNG, which has to be encoded anew. Call it with bytes that have been decoded whole.
 */
export function cleanPng(png: Uint8Array): Uint8Array | null {
  const bytes = Buffer.from(png.buffer, png.byteOffset, png.byteLength)
  if (!bytes.subarray(0, signature.length).equals(signature)) return null
  const parts: Uint8Array[] = [signature]
  for (let at = signature.length; at + headBytes + crcBytes <= bytes.length;) {
    const end = at + headBytes + bytes.readUInt32BE(at) + crcBytes
    if (end > bytes.length) return null
    const type = bytes.toString('latin1', at + 4, at + headBytes)
    // Bit depth, colour type, compression, filter, interlace: 8-bit RGB, row by row.
    if (type === 'IHDR' && bytes.readUInt32BE(at + headBytes + 8) !== 0x08_02_00_00) return null
    if (type === 'IHDR' && bytes[at + headBytes + 12] !== 0) return null
    if (kept.has(type)) parts.push(bytes.subarray(at, end))
    if (type === 'IEND') return Buffer.concat(parts)
    at = end
  }
  return null
}
