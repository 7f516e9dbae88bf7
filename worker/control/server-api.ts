import { createTRPCClient, httpLink, TRPCClientError } from '@trpc/client'
import type { inferRouterInputs, inferRouterOutputs } from '@trpc/server'
import { z } from 'zod'
import type { AppRouter } from '#server/trpc/root.ts'
import { ForgeError, isErrorCode, type ErrorCode } from '#shared/errors.ts'

type Inputs = inferRouterInputs<AppRouter>['worker']
type Outputs = inferRouterOutputs<AppRouter>['worker']
type Call<K extends keyof Inputs> = (input: Inputs[K], token: string, signal: AbortSignal) => Promise<Outputs[K]>

/** The server's `worker.*`. Refusals are `ForgeError`; no answer is `ForgeError` `UNAVAILABLE`. */
export type ServerApi = { [K in keyof Inputs]: Call<K> }

const forgeShape = z.object({
  code: z.custom<ErrorCode>(isErrorCode),
  data: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])).catch({}),
})

function toForgeError(error: unknown): unknown {
  if (!(error instanceof TRPCClientError)) return error
  const data: unknown = error.data
  const refusal = z.object({ forge: forgeShape }).safeParse(data)
  if (refusal.success) return new ForgeError(refusal.data.forge.code, refusal.data.forge.data, { cause: error })
  return new ForgeError('UNAVAILABLE', {}, { cause: error })
}

/**
 * A tRPC client of the server at `url` (no trailing slash). No batching: a claim must not wait for an upload. `timeoutMs`
 * bounds each call; `complete` gets four times as long, since the server reads every file back.
 */
export function createServerApi(url: string, timeoutMs: number): ServerApi {
  const client = createTRPCClient<AppRouter>({
    links: [
      httpLink({
        url: `${url}/trpc`,
        headers: ({ op }) =>
          typeof op.context['token'] === 'string' ? { authorization: `Bearer ${op.context['token']}` } : {},
      }),
    ],
  })

  async function call<T>(
    send: (options: { signal: AbortSignal; context: Record<string, unknown> }) => Promise<T>,
    token: string,
    signal: AbortSignal,
    limitMs = timeoutMs,
  ): Promise<T> {
    try {
      const context = token === '' ? {} : { token }
      return await send({ signal: AbortSignal.any([signal, AbortSignal.timeout(limitMs)]), context })
    } catch (error) {
      signal.throwIfAborted()
      throw toForgeError(error)
    }
  }

  const { worker } = client
  return {
    session: (input, token, signal) => call((options) => worker.session.mutate(input, options), token, signal),
    claim: (input, token, signal) => call((options) => worker.claim.mutate(input, options), token, signal),
    uploads: (input, token, signal) => call((options) => worker.uploads.mutate(input, options), token, signal),
    complete: (input, token, signal) =>
      call((options) => worker.complete.mutate(input, options), token, signal, timeoutMs * 4),
    fail: (input, token, signal) => call((options) => worker.fail.mutate(input, options), token, signal),
    noteRemote: (input, token, signal) => call((options) => worker.noteRemote.mutate(input, options), token, signal),
    providerCost: (input, token, signal) =>
      call((options) => worker.providerCost.mutate(input, options), token, signal),
    release: (input, token, signal) => call((options) => worker.release.mutate(input, options), token, signal),
    leave: (_input, token, signal) => call((options) => worker.leave.mutate(undefined, options), token, signal),
    unfit: (input, token, signal) => call((options) => worker.unfit.mutate(input, options), token, signal),
  }
}
