import { copy } from '#client/app/copy.ts'
import type { JobView } from '#shared/jobs/schema.ts'
import type { PressPhase } from '#client/features/generate/core/wording.ts'
import { createStore } from '#client/lib/store.ts'
import type { PressRequest } from './press.ts'

export type PressState = { phase: PressPhase; share: number; news: string | null }

export const idlePress: PressState = { phase: 'idle', share: 0, news: null }
export const pressStore = createStore<PressState>(idlePress)

/** What a press needs, fetched while the artist is still choosing, so that the first press waits for none of it. */
export function loadPress() {
  return import('./press.ts')
}

/**
 * Carries a press through (see press.ts) and answers its jobs, null when it did not work. A second press meanwhile is
 * ignored. `used`: what stands on the bench was pressed, so that its settings become the last ones used.
 */
export async function startPress(request: PressRequest, used: boolean): Promise<JobView[] | null> {
  if (pressStore.get().phase !== 'idle') return null
  pressStore.set({ ...idlePress, phase: 'creating' })
  const loaded = await loadPress().catch(() => null)
  if (!loaded) {
    pressStore.set({ ...idlePress, news: navigator.onLine ? copy.generate.lost : copy.generate.offline })
    return null
  }
  const jobs = await loaded.press(request)
  if (jobs && used) loaded.afterPress(request.mode)
  return jobs
}
