import { useQuery } from '@tanstack/react-query'
import { useEffect, useMemo } from 'react'
import type { QuoteView } from '#shared/jobs/schema.ts'
import type { LimitsView } from '#shared/limits/schema.ts'
import { queryClient, trpc } from '#client/lib/api.ts'

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
  const limits = useNewestLimits(
    bench.isPlaceholderData ? undefined : bench.data?.limits,
    bench.dataUpdatedAt,
    options.enabled,
  )
  const shown = useMemo(
    () => (bench.data && limits ? { ...bench.data, limits } : (bench.data ?? null)),
    [bench.data, limits],
  )
  return { bench: shown, settled, one: one.data ?? null, four: four.data ?? null }
}

/** What is left, of which there is one for the whole page: a quote that is newer than it brings it up to date. */
function useNewestLimits(quoted: LimitsView | undefined, at: number, enabled: boolean): LimitsView | undefined {
  const known = useQuery(trpc.limits.mine.queryOptions(undefined, { enabled }))
  useEffect(() => {
    const queryKey = trpc.limits.mine.queryKey()
    const before = queryClient.getQueryState(queryKey)?.dataUpdatedAt ?? 0
    if (quoted && at > before) queryClient.setQueryData(queryKey, quoted)
  }, [quoted, at])
  return known.data
}

/** What another number of images would cost: the button says it before the server has answered, and a press sends it. */
export function forCount(quote: QuoteView, from: number | undefined, to: number): QuoteView {
  return from === undefined || from === to ? quote : { ...quote, price: (quote.price / from) * to }
}

function keep(before: QuoteView | undefined): QuoteView | undefined {
  return before
}
