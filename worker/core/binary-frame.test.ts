import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseBinaryFrame } from './binary-frame.ts'

function frame(kind: number, second: number, ...parts: Uint8Array[]): Uint8Array {
  const head = Buffer.alloc(8)
  head.writeUInt32BE(kind, 0)
  head.writeUInt32BE(second, 4)
  return Buffer.concat([head, ...parts])
}
const jpeg = Uint8Array.from([0xff, 0xd8, 0xff])

describe('parseBinaryFrame', () => {
  it('reads a preview with metadata', () => {
    const meta = Buffer.from(JSON.stringify({ prompt_id: 'p', node_id: 'sampler', image_type: 'image/jpeg' }))

    expect(parseBinaryFrame(frame(4, meta.length, meta, jpeg))).toMatchObject({
      mime: 'image/jpeg',
      promptId: 'p',
      nodeId: 'sampler',
    })
    expect([...(parseBinaryFrame(frame(4, meta.length, meta, jpeg))?.bytes ?? [])]).toEqual([...jpeg])
  })

  it('reads a plain preview and its format', () => {
    expect(parseBinaryFrame(frame(1, 1, jpeg))).toMatchObject({ mime: 'image/jpeg', promptId: undefined })
    expect(parseBinaryFrame(frame(1, 2, jpeg))).toMatchObject({ mime: 'image/png' })
  })

  it('leaves text frames and broken metadata alone', () => {
    expect(parseBinaryFrame(frame(3, 1, jpeg))).toBeNull()
    expect(parseBinaryFrame(frame(4, 3, Buffer.from('{{{'), jpeg))).toBeNull()
    expect(parseBinaryFrame(frame(4, 4_000_000_000, jpeg))).toBeNull()
  })

  it('never throws, whatever arrives', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => void parseBinaryFrame(bytes)))
    fc.assert(
      fc.property(
        fc.nat(5),
        fc.nat(),
        fc.uint8Array({ maxLength: 64 }),
        (kind, second, rest) => void parseBinaryFrame(frame(kind, second, rest)),
      ),
    )
  })
})
