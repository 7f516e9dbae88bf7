import type { NodeResult } from '../nodes/values.ts'
import type { Value } from '../nodes/values.ts'

/** Room for finished nodes, bytes of pixels. */
const roomBytes = 256 * 1024 * 1024

/** Finished nodes by cache key, least recently used dropped when their pixels outgrow the room. */
export class NodeCache {
  private readonly results = new Map<string, NodeResult>()
  private bytes = 0

  has(key: string): boolean {
    return this.results.has(key)
  }

  get(key: string): NodeResult | null {
    const result = this.results.get(key)
    if (result === undefined) return null
    this.results.delete(key)
    this.results.set(key, result)
    return result
  }

  set(key: string, result: NodeResult): void {
    this.remove(key)
    this.results.set(key, result)
    this.bytes += sizeOf(result)
    for (const oldest of this.results.keys()) {
      if (this.bytes <= roomBytes || oldest === key) break
      this.remove(oldest)
    }
  }

  private remove(key: string): void {
    const result = this.results.get(key)
    if (result === undefined) return
    this.bytes -= sizeOf(result)
    this.results.delete(key)
  }

  clear(): void {
    this.results.clear()
    this.bytes = 0
  }
}

function sizeOf(result: NodeResult): number {
  return result.outputs.reduce((sum, value) => sum + bytesOf(value), 0)
}

function bytesOf(value: Value): number {
  if (value.kind === 'image' || value.kind === 'mask') return value.raster.data.byteLength
  return value.kind === 'latent' ? (value.image?.data.byteLength ?? 0) : 0
}
