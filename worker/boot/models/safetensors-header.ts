import { open } from 'node:fs/promises'
import { z } from 'zod'

const tensor = z.object({
  dtype: z.string(),
  shape: z.array(z.int().min(0)),
  data_offsets: z.tuple([z.int().min(0), z.int().min(0)]),
})
const header = z.record(z.string(), z.unknown())

/** Shapes by tensor name, and the free-form `__metadata__` of the file. */
export type SafetensorsHeader = { shapes: Map<string, readonly number[]>; metadata: Record<string, string> }

/** The format's own ceiling for the JSON header, bytes (github.com/huggingface/safetensors, README "Format"). */
const maxHeaderBytes = 100_000_000
const lengthBytes = 8

/**
 * Reads the header of a `.safetensors` file: 8 bytes little-endian length, JSON, then tensors back to back. Throws a
 * plain Error in words when it is another format (a pickle could run code), is cut off, or lies about its tensors.
 */
export async function readSafetensorsHeader(path: string): Promise<SafetensorsHeader> {
  await using file = await open(path, 'r')
  const { size } = await file.stat()
  const prefix = Buffer.alloc(lengthBytes)
  const { bytesRead } = await file.read(prefix, 0, lengthBytes, 0)
  const length = bytesRead === lengthBytes ? Number(prefix.readBigUInt64LE()) : 0
  if (length < 2 || length > maxHeaderBytes || lengthBytes + length > size) throw new Error('is not a safetensors file')
  const json = Buffer.alloc(length)
  await file.read(json, 0, length, lengthBytes)
  return parseHeader(json.toString('utf8'), size - lengthBytes - length)
}

function parseHeader(text: string, dataBytes: number): SafetensorsHeader {
  const entries = header.safeParse(parseJson(text))
  if (!entries.success) throw new Error('is not a safetensors file')
  const { __metadata__: metadata, ...tensors } = entries.data
  const shapes = new Map<string, readonly number[]>()
  let end = 0
  for (const [name, value] of Object.entries(tensors)) {
    const parsed = tensor.safeParse(value)
    if (!parsed.success) throw new Error('has a damaged header')
    shapes.set(name, parsed.data.shape)
    end = Math.max(end, parsed.data.data_offsets[1])
  }
  if (end !== dataBytes) throw new Error(`is cut off: holds ${dataBytes} of ${end} bytes of tensors`)
  const words = z.record(z.string(), z.string()).safeParse(metadata ?? {})
  return { shapes, metadata: words.success ? words.data : {} }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
