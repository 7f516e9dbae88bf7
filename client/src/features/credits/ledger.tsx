import { useInfiniteQuery } from '@tanstack/react-query'
import { Download } from 'lucide-react'
import { useState } from 'react'
import { notice } from '#client/app/notice.ts'
import { copyCredits } from '#client/app/copy-credits.ts'
import { api } from '#client/lib/api.ts'
import { ledgerFilters } from '#shared/credits/rules.ts'
import type { LedgerFilter } from '#shared/credits/rules.ts'
import { LedgerRow } from './ledger-row.tsx'
import { openInvoices, openReceipt, saveCsv } from './ledger-actions.ts'

const copy = copyCredits.ledger
const pageSize = 40

export const historyKey = 'credit-history'

function Controls({
  show,
  onShow,
  invoices,
}: {
  show: LedgerFilter
  onShow: (next: LedgerFilter) => void
  invoices: boolean
}) {
  return (
    <div className="row">
      <label className="select">
        {copy.show}
        <select
          value={show}
          onChange={(event) => onShow(ledgerFilters.find((one) => one === event.target.value) ?? 'everything')}
        >
          {ledgerFilters.map((filter) => (
            <option key={filter} value={filter}>
              {copy.filters[filter]}
            </option>
          ))}
        </select>
      </label>
      {invoices && (
        <button type="button" className="btn quiet small" onClick={() => void openInvoices().then(tell)}>
          {copy.invoices}
        </button>
      )}
      <button type="button" className="btn quiet small" onClick={() => void saveCsv().then(tell)}>
        <Download className="i" aria-hidden />
        {copy.csv}
      </button>
    </div>
  )
}

function tell(problem: string | null): void {
  if (problem !== null) notice(problem)
}

/** Every movement of this account, newest first, page by page. */
export function Ledger({ userId, titleOf }: { userId: string; titleOf: (mode: string) => string }) {
  const [show, setShow] = useState<LedgerFilter>('everything')
  const pages = useInfiniteQuery({
    queryKey: [historyKey, userId, show],
    queryFn: ({ pageParam, signal }) =>
      api.credits.history.query({ limit: pageSize, show, cursor: pageParam }, { signal }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.nextCursor,
  })
  const entries = (pages.data?.pages ?? []).flatMap((page) => page.items)
  const onReceipt = (purchase: string) => void openReceipt(purchase).then(tell)
  return (
    <section>
      <div className="spread">
        <h2 className="label">{copy.title}</h2>
        <Controls show={show} onShow={setShow} invoices={entries.some((entry) => entry.purchaseId !== null)} />
      </div>
      {entries.length > 0 && (
        <table className="table ledger">
          <thead>
            <tr>
              <th scope="col">{copy.when}</th>
              <th scope="col" colSpan={2}>
                {copy.what}
              </th>
              <th scope="col" className="only-desk-cell">
                {copy.job}
              </th>
              <th scope="col" className="r">
                {copy.change}
              </th>
              <th scope="col" className="r">
                {copy.left}
              </th>
            </tr>
          </thead>
          <tbody>
            {entries.map((entry) => (
              <LedgerRow key={entry.id} entry={entry} titleOf={titleOf} onReceipt={onReceipt} />
            ))}
          </tbody>
        </table>
      )}
      {pages.isSuccess && entries.length === 0 && (
        <p className="soft">{show === 'everything' ? copy.empty : copy.emptyFilter}</p>
      )}
      {pages.isError && (
        <p role="alert">
          {copy.failed}{' '}
          <button type="button" className="link" onClick={() => void pages.refetch()}>
            {copyCredits.again}
          </button>
        </p>
      )}
      {pages.hasNextPage && (
        <button
          type="button"
          className="btn mt-5"
          disabled={pages.isFetchingNextPage}
          onClick={() => void pages.fetchNextPage()}
        >
          {copy.more}
        </button>
      )}
    </section>
  )
}
