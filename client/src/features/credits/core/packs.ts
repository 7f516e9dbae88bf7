import type { PacksView } from '#shared/credits/schema.ts'
import { imagesFor } from '#shared/credits/rules.ts'

export type Pack = PacksView['packs'][number]
export type ModePrice = PacksView['modes'][number]

/** What `credits` pays for, the modes of one price together, cheapest first. */
export function bundlesOf(credits: number, modes: readonly ModePrice[]): { images: number; titles: string[] }[] {
  const prices = [...new Set(modes.map(({ price }) => price))].sort((a, b) => a - b)
  return prices.map((price) => ({
    images: imagesFor(credits, price),
    titles: modes.filter((mode) => mode.price === price).map(({ title }) => title),
  }))
}

/** Whole per cent that a credit of this pack is cheaper than one of the first; 0 when it is not. */
export function cheaperBy(pack: Pack, first: Pack): number {
  return Math.max(0, Math.round((1 - pack.perCreditCents / first.perCreditCents) * 100))
}

/** How many ingots stand for a pack: one for the smallest, at most ten. */
export function ingotsOf(pack: Pack, packs: readonly Pack[]): number {
  const smallest = Math.min(...packs.map(({ credits }) => credits))
  return Math.max(1, Math.min(10, Math.round(pack.credits / smallest)))
}
