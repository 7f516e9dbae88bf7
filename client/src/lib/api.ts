import { QueryClient } from '@tanstack/react-query'
import { createTRPCClient, httpBatchLink } from '@trpc/client'
import { createTRPCOptionsProxy } from '@trpc/tanstack-react-query'
import type { AppRouter } from '#server/trpc/root.ts'
import { refusalOf } from './refusal.ts'

type TokenSource = () => Promise<string | null>
let tokenSource: TokenSource = async () => null

/** Tells the API where the bearer token comes from; the account feature calls it once. */
export function setTokenSource(source: TokenSource): void {
  tokenSource = source
}

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      // A typed refusal will not change by asking again; a lost reply may.
      retry: (count, error) => count < 2 && refusalOf(error).kind === 'lost',
    },
    mutations: { networkMode: 'always' },
  },
})

export const api = createTRPCClient<AppRouter>({
  links: [
    httpBatchLink({
      url: '/trpc',
      maxItems: 10,
      async headers() {
        const token = await tokenSource()
        return token ? { authorization: `Bearer ${token}` } : {}
      },
    }),
  ],
})

/** Query and mutation options for TanStack Query. */
export const trpc = createTRPCOptionsProxy<AppRouter>({ client: api, queryClient })
