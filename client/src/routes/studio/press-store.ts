import { copy } from '#client/app/copy.ts'
import type { JobView } from '#shared/jobs/schema.ts'
import { sessionStore } from '#client/features/account/session.ts'
import { keepPress } from '#client/features/generate/kept-press.ts'
import type { KeptPress } from '#client/features/generate/kept-press.ts'
import type { PressPhase } from '#client/features/generate/core/wording.ts'
import { createStore } from '#client/lib/store.ts'
import { written } from './kept-request.ts'
import type { PressRequest } from './press.ts'

export type PressState = { phase: PressPhase; share: number; news: string | null }

export const idlePress: PressState = { phase: 'idle', share: 0, news: null }
export const pressStore = createStore<PressState>(idlePress)

/** What a press needs, fetched while the artist is still choosing, so that the first press waits for none of it. */
export function loadPress() {
  return import('./press.ts')
}

/** A press without an answer stays written down this long: what fails as the page goes was not told to anybody, ms. */
const forgetAfter = 2_000

let stopper: AbortController | null = null

/** Stops a press that is still sending its images. One that has been asked for is canceled as a job instead. */
export function stopPress(): void {
  stopper?.abort()
}

/**
 * Carries a press through (see press.ts) and answers its jobs, null when it did not work. A second press meanwhile is
 * ignored. `used`: what stands on the bench was pressed, so that its settings become the last ones used. `left`: the
 * page before this one pressed it already.
 */
export async function startPress(
  request: PressRequest,
  used: boolean,
  left: KeptPress | null = null,
): Promise<JobView[] | null> {
  if (pressStore.get().phase !== 'idle') return null
  pressStore.set({ ...idlePress, phase: 'creating' })
  const session = sessionStore.get()
  const fresh = { requestId: crypto.randomUUID(), at: Date.now(), body: null }
  const owner = 'userId' in session ? session.userId : null
  const kept = left ?? { ...fresh, request: written(request), used, owner }
  // Before anything of it is sent, so that a reload in this very moment does not lose it.
  keepPress(kept)
  stopper = new AbortController()
  const loaded = await loadPress().catch(() => null)
  const jobs = (await loaded?.press(request, kept, stopper.signal)) ?? null
  if (!loaded) pressStore.set({ ...idlePress, news: navigator.onLine ? copy.generate.lost : copy.generate.offline })
  if (jobs || stopper.signal.aborted) keepPress(null)
  else setTimeout(() => pressStore.get().phase === 'idle' && keepPress(null), forgetAfter)
  if (jobs && used) loaded?.afterPress(request.mode)
  return jobs
}
