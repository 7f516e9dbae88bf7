import { api } from '#client/lib/api.ts'

const parts = ['account', 'jobs', 'images', 'links', 'ledger'] as const

/** Reads every page of every part; `onCount` hears how many entries there are so far. One JSON file. */
export async function collectData(onCount: (count: number) => void): Promise<Blob> {
  const pieces: string[] = []
  let count = 0
  for (const part of parts) {
    const items: string[] = []
    let cursor: string | null = null
    do {
      // Each page names the next.
      // oxlint-disable-next-line no-await-in-loop
      const page: { items: unknown[]; nextCursor: string | null } = await api.account.export.query({ part, cursor })
      items.push(...page.items.map((item) => JSON.stringify(item, null, 2)))
      count += page.items.length
      onCount(count)
      cursor = page.nextCursor
    } while (cursor !== null)
    pieces.push(`${JSON.stringify(part)}: [${items.join(',\n')}]`)
  }
  return new Blob([`{${pieces.join(',\n')}}\n`], { type: 'application/json' })
}
