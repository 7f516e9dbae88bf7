import { copyCredits } from '#client/app/copy-credits.ts'
import { api } from '#client/lib/api.ts'

const copy = copyCredits.ledger

/** Each answers null, or a sentence about what did not work. */
export async function saveCsv(): Promise<string | null> {
  try {
    const { csv, truncated } = await api.credits.export.query()
    const address = URL.createObjectURL(new Blob([csv], { type: 'text/csv' }))
    const link = document.createElement('a')
    link.href = address
    link.download = copy.csvName
    link.click()
    // Some browsers start reading only after the click returns.
    setTimeout(() => URL.revokeObjectURL(address), 10_000)
    return truncated ? copy.csvCut : null
  } catch {
    return copy.csvFailed
  }
}

export async function openReceipt(purchase: string): Promise<string | null> {
  try {
    location.assign((await api.credits.receipt.mutate({ id: purchase })).url)
    return null
  } catch {
    return copy.receiptFailed
  }
}

export async function openInvoices(): Promise<string | null> {
  try {
    location.assign((await api.credits.portal.mutate()).url)
    return null
  } catch {
    return copy.portalFailed
  }
}
