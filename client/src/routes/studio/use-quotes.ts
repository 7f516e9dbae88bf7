import { useQuery } from '@tanstack/react-query'
import type { QuoteView } from '#shared/jobs/schema.ts'
import { trpc } from '#client/lib/api.ts'

/** Queue and price age; a press checks both again on the server. Milliseconds. */
const quoteEvery = 30_000

export type Quotes = {
  /** For the button, with the number of images set on the bench. */
  bench: QuoteView | null
  /** The same, once it is an answer to exactly this question and not one that is being asked again. */
  settled: QuoteView | null
  /** For one more of something: retry, run again. */
  one: QuoteView | null
  four: QuoteView | null
}

/** What presses would cost now, and from which purse. One batched request. */
export function useQuotes(mode: string | null, count: number, enabled: boolean): Quotes {
  const options = { enabled: enabled && mode !== null, refetchInterval: quoteEvery, placeholderData: keep }
  const input = (n: number) => ({ mode: mode ?? '', count: n })
  const bench = useQuery(
    trpc.forge.quote.queryOptions(input(count), {
      ...options,
      placeholderData: (before, asked) => {
        const from = asked?.queryKey[1]?.input as { count?: number } | undefined
        return before && forCount(before, from?.count, count)
      },
    }),
  )
  const one = useQuery(trpc.forge.quote.queryOptions(input(1), options))
  const four = useQuery(trpc.forge.quote.queryOptions(input(4), options))
  const settled = bench.isPlaceholderData || bench.isFetching ? null : (bench.data ?? null)
  return { bench: bench.data ?? null, settled, one: one.data ?? null, four: four.data ?? null }
}

/** What another number of images would cost: the button says it before the server has answered, and a press sends it. */
export function forCount(quote: QuoteView, from: number | undefined, to: number): QuoteView {
  return from === undefined || from === to ? quote : { ...quote, price: (quote.price / from) * to }
}

function keep(before: QuoteView | undefined): QuoteView | undefined {
  return before
}
