import type { LedgerEntry } from '#shared/credits/schema.ts'
import { copyCredits } from '#client/app/copy-credits.ts'

export type EntryWords = { word: string; detail: string; tone: 'plain' | 'ok' | 'credit' }

const copy = copyCredits.ledger

function returnReason({ job }: LedgerEntry): string | null {
  if (job?.status === 'canceled') return copy.canceled
  return job?.status === 'failed' && job.step > 0 ? copy.failedAt(job.step) : null
}

function detailOf(entry: LedgerEntry, titleOf: (mode: string) => string): string {
  switch (entry.kind) {
    case 'held':
    case 'spent':
    case 'returned': {
      const mode = entry.job ? titleOf(entry.job.mode) : ''
      const reason = entry.kind === 'returned' ? returnReason(entry) : null
      return [mode, reason].filter((part) => part !== null && part !== '').join(', ')
    }
    case 'bought':
      return copy.bought(entry.delta)
    case 'granted':
      return copy.granted
    case 'clawed':
      return copy.clawed
    case 'restored':
      return copy.restored
    case 'moved':
      return copy.moved
    case 'adjusted':
      return copy.adjusted
  }
}

/** A movement in words: what happened, to what, and its colour. */
export function entryWords(entry: LedgerEntry, titleOf: (mode: string) => string): EntryWords {
  const back = entry.kind === 'returned' || entry.kind === 'restored'
  const tone = back ? 'ok' : entry.kind === 'bought' || entry.kind === 'granted' ? 'credit' : 'plain'
  return { word: copy.kinds[entry.kind], detail: detailOf(entry, titleOf), tone }
}

/** `+50`, `−2`; a minus sign, not a hyphen. */
export function signed(delta: number): string {
  return delta > 0 ? `+${delta}` : delta < 0 ? `−${-delta}` : '0'
}
