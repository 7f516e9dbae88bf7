import type { Hint, Raster, StyleRef } from '../paint/job.ts'
import type { NodeUi } from '../core/types.ts'

export type Conditioning = {
  kind: 'conditioning'
  text: string
  guidance: number | null
  hints: Hint[]
  /** Images given as reference latents (edit models). */
  references: Raster[]
}
export type Model = { kind: 'model'; styles: StyleRef[]; lora: number }
export type Latent = { kind: 'latent'; width: number; height: number; image: Raster | null; mask: Raster | null }

/**
 * `scene` is what a small or abstract picture was made from (a CLIP crop, lines, a depth map): painters look there for
 * what a model would know.
 */
export type ImageValue = { kind: 'image'; raster: Raster; scene?: Raster }

/** What travels along a link. `plain` is anything that carries no picture data (clip, vae, samplers …). */
export type Value =
  | Conditioning
  | Model
  | Latent
  | ImageValue
  | { kind: 'mask'; raster: Raster }
  | { kind: 'embeds'; styles: StyleRef[] }
  | { kind: 'guider'; positive: Conditioning; negative: Conditioning | null; model: Model; cfg: number }
  | { kind: 'noise'; seed: string }
  | { kind: 'sigmas'; steps: number }
  | { kind: 'plain' }

export const plain: Value = { kind: 'plain' }

/** `spoilt` results (made by a fault) are not cached, so a retry comes out right. */
export type NodeResult = { outputs: readonly Value[]; ui?: NodeUi; spoilt?: boolean }

/** The resolved inputs of a node: linked ones are values, the rest literals. */
export class Inputs {
  private readonly literals: Record<string, unknown>
  private readonly values: Map<string, Value>

  constructor(literals: Record<string, unknown>, values: Map<string, Value>) {
    this.literals = literals
    this.values = values
  }

  number(name: string, fallback = 0): number {
    const value = Number(this.literals[name] ?? fallback)
    return Number.isNaN(value) ? fallback : value
  }

  text(name: string, fallback = ''): string {
    const value = this.literals[name]
    return typeof value === 'string' || typeof value === 'number' ? String(value) : fallback
  }

  flag(name: string): boolean {
    return this.literals[name] === true
  }

  /** Linked values of one kind, in written order. */
  all<K extends Value['kind']>(kind: K): Extract<Value, { kind: K }>[] {
    return [...this.values.values()].filter((value): value is Extract<Value, { kind: K }> => value.kind === kind)
  }

  optional<K extends Value['kind']>(name: string, kind: K): Extract<Value, { kind: K }> | null {
    const value = this.values.get(name)
    return value?.kind === kind ? (value as Extract<Value, { kind: K }>) : null
  }

  /** @throws Error when validation let a wrong link through, which cannot happen */
  get<K extends Value['kind']>(name: string, kind: K): Extract<Value, { kind: K }> {
    const value = this.optional(name, kind)
    if (value === null) throw new Error(`input ${name} is not a ${kind}`)
    return value
  }
}
