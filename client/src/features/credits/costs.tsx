import { copyCredits } from '#client/app/copy-credits.ts'
import type { ModePrice } from './core/packs.ts'

/** Beside the ledger: the price of an image of each mode, and when it comes back. */
export function Costs({ modes }: { modes: readonly ModePrice[] }) {
  return (
    <aside>
      <h2 className="label">{copyCredits.costs.title}</h2>
      <table className="table">
        <tbody>
          {modes
            .toSorted((a, b) => a.price - b.price)
            .map(({ key, title, price }) => (
              <tr key={key}>
                <td>{title}</td>
                <td className="r num credit">{price}</td>
              </tr>
            ))}
          <tr>
            <td>{copyCredits.costs.four}</td>
            <td className="r num credit">{copyCredits.costs.fourPrice}</td>
          </tr>
        </tbody>
      </table>
      <h2 className="label">{copyCredits.costs.backTitle}</h2>
      <p className="soft">{copyCredits.costs.back}</p>
    </aside>
  )
}
