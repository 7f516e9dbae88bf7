import { expect, it } from 'vitest'
import { bundlesOf, cheaperBy, ingotsOf } from './packs.ts'

function pack(credits: number, amountCents: number) {
  return {
    id: String(credits),
    title: '',
    credits,
    amountCents,
    currency: 'usd',
    perCreditCents: amountCents / credits,
  }
}
const packs = [pack(50, 500), pack(120, 1_000), pack(900, 6_000)] as const

it('says what a pack buys, modes of one price together', () => {
  const modes = [
    { key: 'inpaint', title: 'Surgeon', price: 2 },
    { key: 'remix', title: 'Remix', price: 1 },
    { key: 'style', title: 'Style', price: 1 },
  ]

  expect(bundlesOf(51, modes)).toEqual([
    { images: 51, titles: ['Remix', 'Style'] },
    { images: 25, titles: ['Surgeon'] },
  ])
})

it('counts the saving per credit from the first pack', () => {
  expect(packs.map((one) => cheaperBy(one, packs[0]))).toEqual([0, 17, 33])
  expect(cheaperBy(pack(10, 200), packs[0])).toBe(0)
})

it('stacks one ingot for the smallest pack and never more than ten', () => {
  expect(packs.map((one) => ingotsOf(one, packs))).toEqual([1, 2, 10])
})
