import { z } from 'zod'

export type PreviewFrame = {
  mime: 'image/jpeg' | 'image/png'
  /** Absent in frames of a client that did not negotiate metadata. */
  promptId: string | undefined
  nodeId: string | undefined
  bytes: Uint8Array
}

const metadata = z.object({
  prompt_id: z.string().optional(),
  node_id: z.string().optional(),
  image_type: z.enum(['image/jpeg', 'image/png']),
})

const previewImage = 1
const previewImageWithMetadata = 4

function readPlain(frame: Uint8Array, view: DataView): PreviewFrame | null {
  if (frame.byteLength <= 8) return null
  const mime = view.getUint32(4) === 2 ? 'image/png' : 'image/jpeg'
  return { mime, promptId: undefined, nodeId: undefined, bytes: frame.subarray(8) }
}

function readWithMetadata(frame: Uint8Array, view: DataView): PreviewFrame | null {
  if (frame.byteLength <= 8) return null
  const end = 8 + view.getUint32(4)
  if (end >= frame.byteLength) return null
  try {
    const meta = metadata.parse(JSON.parse(new TextDecoder().decode(frame.subarray(8, end))))
    return { mime: meta.image_type, promptId: meta.prompt_id, nodeId: meta.node_id, bytes: frame.subarray(end) }
  } catch {
    return null
  }
}

/**
 * The preview in a binary frame of ComfyUI's socket (big-endian: `[1][format][bytes]` or `[4][length][JSON][bytes]`);
 * null for other kinds and for anything malformed. The bytes are a view of `frame`, not a copy.
 */
export function parseBinaryFrame(frame: Uint8Array): PreviewFrame | null {
  if (frame.byteLength < 4) return null
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength)
  const kind = view.getUint32(0)
  if (kind === previewImage) return readPlain(frame, view)
  return kind === previewImageWithMetadata ? readWithMetadata(frame, view) : null
}
