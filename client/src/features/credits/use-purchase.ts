import { useQuery } from '@tanstack/react-query'
import type { UseQueryResult } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { api, trpc } from '#client/lib/api.ts'
import type { PurchaseView } from '#shared/credits/schema.ts'
import { askAgainIn, slowAfter } from './core/waiting.ts'

type Followed = { purchase: UseQueryResult<PurchaseView>; slow: boolean }

/** Follows a purchase until it is over: asked again by the clock, and at once whenever the balance moves. */
export function usePurchase(id: string, enabled: boolean): Followed {
  const [begun] = useState(Date.now)
  const [slow, setSlow] = useState(false)
  const purchase = useQuery({
    queryKey: ['purchase', id],
    queryFn: ({ signal }) => api.credits.purchase.query({ id }, { signal }),
    enabled,
    refetchInterval: ({ state }) => askAgainIn(state.data?.state ?? 'open', Date.now() - begun) ?? false,
  })
  const limits = useQuery(trpc.limits.mine.queryOptions(undefined, { enabled }))
  const balance = limits.data?.credits.balance
  const { refetch } = purchase
  useEffect(() => {
    if (enabled && balance !== undefined) void refetch()
  }, [balance, enabled, refetch])
  useEffect(() => {
    const timer = setTimeout(() => setSlow(true), slowAfter)
    return () => clearTimeout(timer)
  }, [])
  return { purchase, slow }
}
