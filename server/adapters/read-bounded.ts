import { ForgeError } from '#shared/errors.ts'

/** All bytes of a stream; throws FILE_TOO_LARGE {limit} and cancels the source as soon as it passes `limit` bytes. */
export async function readBounded(stream: ReadableStream<Uint8Array>, limit: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let size = 0
  const reader = stream.getReader()
  for (;;) {
    const { done, value } = await reader.read()
    if (done) break
    size += value.byteLength
    if (size > limit) {
      await reader.cancel().catch(() => undefined)
      throw new ForgeError('FILE_TOO_LARGE', { limit })
    }
    chunks.push(value)
  }
  return Buffer.concat(chunks, size)
}
