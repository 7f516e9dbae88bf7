import { QueryClient } from '@tanstack/react-query'
import { createTRPCClient, httpBatchLink } from '@trpc/client'
import { createTRPCOptionsProxy } from '@trpc/tanstack-react-query'
import type { AppRouter } from '#server/trpc/root.ts'
import { refusalOf } from './refusal.ts'
import { renewingFetch } from './renewing-fetch.ts'
import type { Renewal } from './renewing-fetch.ts'

type TokenSource = () => Promise<string | null>
let tokenSource: TokenSource = async () => null
let tokenRenewal: Renewal = { renew: async () => null, end: async () => undefined }

/** Tells the API where the bearer token comes from, and what to do about one it refuses; called once. */
export function setTokenSource(source: TokenSource, renewal: Renewal): void {
  tokenSource = source
  tokenRenewal = renewal
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

/** A connection that died while the machine slept answers nothing, ever; the slowest answer comes far before this, ms. */
const answerWithin = 90_000

function withinTime(signal: AbortSignal | null | undefined): AbortSignal {
  const late = AbortSignal.timeout(answerWithin)
  return signal ? AbortSignal.any([signal, late]) : late
}

const send = renewingFetch(
  (url, init) => fetch(url, { ...init, signal: withinTime(init?.signal) }),
  () => tokenRenewal,
)

export const api = createTRPCClient<AppRouter>({
  links: [
    httpBatchLink({
      url: '/trpc',
      maxItems: 10,
      // tRPC's own type of the options is wider only in what it allows to be undefined.
      fetch: (url, init) => send(url, init as RequestInit),
      async headers() {
        const token = await tokenSource()
        return token ? { authorization: `Bearer ${token}` } : {}
      },
    }),
  ],
})

/** Query and mutation options for TanStack Query. */
export const trpc = createTRPCOptionsProxy<AppRouter>({ client: api, queryClient })
