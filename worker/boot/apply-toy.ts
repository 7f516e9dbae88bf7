import type { Template } from '#worker/core/bind-graph.ts'

/** Work image area in pixels and sampling steps of a box with toy weights. */
export type Toy = { pixels: number; steps: number }

/** The template at toy size. Only boxes started with `FORGE_TOY=1` do this, and every output of theirs says so. */
export function applyToy<T extends Template>(template: T, toy: Toy): T {
  const { variant } = template
  return { ...template, variant: { ...variant, pixels: toy.pixels, steps: toy.steps } }
}
