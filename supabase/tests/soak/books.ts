import type { Sale } from './world.ts'

/** What the callers were told about money: kept beside the database, to be compared with it at the end. */
export class ToldBooks {
  /** External id → credits (negative: taken back by an operator). */
  readonly granted = new Map<string, number>()
  /** Job → price. */
  readonly prices = new Map<string, number>()
  /** Jobs whose price was kept: done, or canceled too often. */
  readonly captured = new Set<string>()
  readonly sales = new Map<string, Sale>()

  /** Credits that all accounts must hold together, open holds included. */
  total(): number {
    const grants = [...this.granted.values()].reduce((sum, amount) => sum + amount, 0)
    const bought = [...this.sales.values()].reduce((sum, sale) => sum + worthOf(sale), 0)
    const spent = [...this.captured].reduce((sum, job) => sum + (this.prices.get(job) ?? 0), 0)
    return grants + bought - spent
  }
}

/** What is left of a sale by the rule of the catalogue: its credits less the share of the money that went back. */
function worthOf({ paid, credits, cents, reversals }: Sale): number {
  const back = [...reversals.values()].reduce((sum, { amount, state }) => sum + (state === 'taken' ? amount : 0), 0)
  return paid ? credits - Math.round((credits * Math.min(back, cents)) / cents) : 0
}
