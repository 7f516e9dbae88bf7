import { Link } from '@tanstack/react-router'
import { copyCredits } from '#client/app/copy-credits.ts'
import { formatNumber, formatWhen } from '#client/lib/format.ts'
import type { LedgerEntry } from '#shared/credits/schema.ts'
import { entryWords, signed } from './core/entry.ts'

type LedgerRowProps = {
  entry: LedgerEntry
  titleOf: (mode: string) => string
  onReceipt: (purchase: string) => void
}

const copy = copyCredits.ledger

/** One movement: when, of what, how much, and what was left. */
export function LedgerRow({ entry, titleOf, onReceipt }: LedgerRowProps) {
  const { word, detail, tone } = entryWords(entry, titleOf)
  const { job, purchaseId } = entry
  return (
    <tr>
      <td className="num hint">
        <time dateTime={entry.at}>{formatWhen(entry.at)}</time>
      </td>
      <td className="thumb">
        {job?.thumbUrl ? <img src={job.thumbUrl} alt="" loading="lazy" /> : <span className="ingot" aria-hidden />}
      </td>
      <td>
        <span className={tone === 'ok' ? 'ok' : ''}>{word}</span> <span className="soft">{detail}</span>
      </td>
      <td className="only-desk-cell">
        {job && (
          <Link className="num soft" to="/studio" search={{ job: job.id }} aria-label={copy.open(job.transmission)}>
            {job.transmission}
          </Link>
        )}
        {purchaseId !== null && entry.kind === 'bought' && (
          <button type="button" className="link" onClick={() => onReceipt(purchaseId)}>
            {copy.receipt}
          </button>
        )}
      </td>
      <td className={`r num ${tone === 'plain' ? '' : tone}`}>{signed(entry.delta)}</td>
      <td className="r num">{formatNumber(entry.balanceAfter)}</td>
    </tr>
  )
}
