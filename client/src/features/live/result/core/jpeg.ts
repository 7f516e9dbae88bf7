import { concat, latin1, utf8 } from './bytes.ts'

const xmpName = 'http://ns.adobe.com/xap/1.0/\0'
/** Markers of segments that hold words: APP1 (EXIF, XMP), APP13 (Photoshop), COM. */
const told: ReadonlySet<number> = new Set([0xe1, 0xed, 0xfe])
const [app0, startOfScan] = [0xe0, 0xda]

function xmpSegment(xmp: string): Uint8Array {
  const body = concat([latin1(xmpName), utf8(xmp)])
  const length = body.length + 2
  if (length > 0xffff) throw new RangeError('an XMP packet must fit one JPEG segment')
  return concat([Uint8Array.of(0xff, 0xe1, length >> 8, length & 0xff), body])
}

/** The same JPEG with `xmp` as its only words. Throws RangeError when the packet does not fit one segment. */
export function describeJpeg(jpeg: Uint8Array, xmp: string): Uint8Array {
  const view = new DataView(jpeg.buffer, jpeg.byteOffset, jpeg.byteLength)
  const kept: Uint8Array[] = []
  const first: Uint8Array[] = []
  let at = 2
  while (at + 4 <= jpeg.length && jpeg[at] === 0xff && jpeg[at + 1] !== startOfScan) {
    const marker = jpeg[at + 1] ?? 0
    const end = at + 2 + view.getUint16(at + 2)
    if (marker === app0) first.push(jpeg.subarray(at, end))
    else if (!told.has(marker)) kept.push(jpeg.subarray(at, end))
    at = end
  }
  return concat([jpeg.subarray(0, 2), ...first, xmpSegment(xmp), ...kept, jpeg.subarray(at)])
}
