/** Kinds of ComfyUI's binary frames: big-endian u32 at offset 0. */
const previewImage = 1
const previewImageWithMetadata = 4
const jpegFormat = 1

/** `[1][1 = JPEG][bytes]`, for clients that did not negotiate metadata. */
export function previewFrame(jpeg: Buffer): Buffer {
  const head = Buffer.alloc(8)
  head.writeUInt32BE(previewImage, 0)
  head.writeUInt32BE(jpegFormat, 4)
  return Buffer.concat([head, jpeg])
}

/** `[4][length of meta][meta JSON][bytes]`. */
export function previewWithMetadataFrame(jpeg: Buffer, nodeId: string, promptId: string): Buffer {
  const meta = Buffer.from(
    JSON.stringify({
      node_id: nodeId,
      prompt_id: promptId,
      display_node_id: nodeId,
      parent_node_id: null,
      real_node_id: nodeId,
      image_type: 'image/jpeg',
    }),
  )
  const head = Buffer.alloc(8)
  head.writeUInt32BE(previewImageWithMetadata, 0)
  head.writeUInt32BE(meta.length, 4)
  return Buffer.concat([head, meta, jpeg])
}
