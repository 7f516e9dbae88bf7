import type { z } from 'zod'
import {
  claimedJob,
  type ClaimedJob,
  type completeInput,
  type failInput,
  type ProgressReply,
  type RemoteNote,
  type uploadsInput,
  type uploadsResult,
} from '#shared/worker/schema.ts'
import { reactTo } from '#worker/core/decide.ts'
import type { Progress } from '#worker/core/read-progress.ts'
import { reportProgress, type AttemptRef } from './report-progress.ts'
import type { ServerApi } from './server-api.ts'
import type { Session, SessionInfo } from './session.ts'

/** Everything the worker asks of the outside. Throws `ForgeError`; `reactTo` says what each refusal means. */
export type ControlPlane = {
  claim: (wish: { warm: string[]; ahead: boolean }, signal: AbortSignal) => Promise<ClaimedJob | null>
  report: (attempt: AttemptRef, progress: Progress, signal: AbortSignal) => Promise<ProgressReply>
  uploads: (input: z.infer<typeof uploadsInput>, signal: AbortSignal) => Promise<z.infer<typeof uploadsResult>>
  complete: (input: z.infer<typeof completeInput>, signal: AbortSignal) => Promise<void>
  fail: (input: z.infer<typeof failInput>, signal: AbortSignal) => Promise<void>
  release: (attempt: AttemptRef, signal: AbortSignal) => Promise<void>
  /** Why nothing can run on this box, or null once it can again. */
  unfit: (reason: string | null, signal: AbortSignal) => Promise<void>
  /** Nothing more is taken until the next session. */
  leave: (signal: AbortSignal) => Promise<void>
  /** Of a provider's worker only: what is known of the prediction, and what it cost. */
  noteRemote: (attempt: AttemptRef, note: RemoteNote, signal: AbortSignal) => Promise<void>
  bookCost: (attempt: AttemptRef, usdMicros: number, signal: AbortSignal) => Promise<void>
}

/** Milliseconds for one beat: it comes again soon, so a slow one is not worth waiting for. */
const reportTimeoutMs = 8_000

export function createControlPlane(api: ServerApi, session: Session): ControlPlane {
  /** A refused token is renewed and the call made once more. */
  async function withToken<T>(signal: AbortSignal, call: (info: SessionInfo) => Promise<T>): Promise<T> {
    const info = await session.current(signal)
    try {
      return await call(info)
    } catch (error) {
      if (reactTo(error) !== 'renew') throw error
      session.drop(info.token)
      return call(await session.current(signal))
    }
  }

  return {
    async claim(wish, signal) {
      const job = await withToken(signal, ({ token }) => api.claim(wish, token, signal))
      return job === null ? null : claimedJob.parse(job)
    },
    report(attempt, progress, signal) {
      const bounded = () => AbortSignal.any([signal, AbortSignal.timeout(reportTimeoutMs)])
      return withToken(signal, (info) => reportProgress(info, attempt, progress, bounded()))
    },
    uploads: (input, signal) => withToken(signal, ({ token }) => api.uploads(input, token, signal)),
    async complete(input, signal) {
      await withToken(signal, ({ token }) => api.complete(input, token, signal))
    },
    async fail(input, signal) {
      await withToken(signal, ({ token }) => api.fail(input, token, signal))
    },
    async unfit(reason, signal) {
      await withToken(signal, ({ token }) => api.unfit({ reason }, token, signal))
    },
    async leave(signal) {
      await withToken(signal, ({ token }) => api.leave(undefined, token, signal))
    },
    async release(attempt, signal) {
      await withToken(signal, ({ token }) => api.release(attempt, token, signal))
    },
    async noteRemote(attempt, note, signal) {
      await withToken(signal, ({ token }) => api.noteRemote({ ...attempt, ...note }, token, signal))
    },
    async bookCost(attempt, usdMicros, signal) {
      await withToken(signal, ({ token }) => api.providerCost({ ...attempt, usdMicros }, token, signal))
    },
  }
}
