import { copyCredits } from '#client/app/copy-credits.ts'
import { formatMoney } from '#client/lib/format-money.ts'
import { bundlesOf, cheaperBy, ingotsOf } from './core/packs.ts'
import type { ModePrice, Pack } from './core/packs.ts'

type PackCardProps = {
  pack: Pack
  packs: readonly Pack[]
  modes: readonly ModePrice[]
  /** Null where nothing is sold. */
  onBuy: (() => void) | null
  opening: boolean
}

/** One pack: how much, what it makes, what it costs, and the way to pay. */
export function PackCard({ pack, packs, modes, onBuy, opening }: PackCardProps) {
  const first = packs[0] ?? pack
  const cheaper = cheaperBy(pack, first)
  return (
    <section className="pack" aria-label={`${pack.credits} ${copyCredits.credits}`}>
      <div className="ingots" aria-hidden>
        {Array.from({ length: ingotsOf(pack, packs) }, (_, index) => (
          // oxlint-disable-next-line react/no-array-index-key -- the ingots never move
          <i key={index} />
        ))}
      </div>
      <h2 className="q">
        <span className="num">{pack.credits}</span> <span>{copyCredits.credits}</span>
      </h2>
      <div className="buys">
        {bundlesOf(pack.credits, modes).map(({ images, titles }) => (
          <p key={images}>{copyCredits.buys(images, titles)}</p>
        ))}
        {cheaper > 0 && <p>{copyCredits.cheaper(cheaper)}</p>}
      </div>
      <div className="price">
        <b>{formatMoney(pack.amountCents, pack.currency)}</b>
        <span className="num soft">{copyCredits.each(formatMoney(pack.perCreditCents, pack.currency))}</span>
      </div>
      <button type="button" className="btn" data-once disabled={onBuy === null || opening} onClick={onBuy ?? undefined}>
        {opening ? copyCredits.opening : copyCredits.buy(pack.credits)}
      </button>
    </section>
  )
}
