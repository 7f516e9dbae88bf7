import { live } from '#client/app/live.ts'
import { modeDraft } from '#client/features/bench/core/draft.ts'
import type { Draft } from '#client/features/bench/core/draft.ts'
import { draftStore } from '#client/features/bench/draft-store.ts'
import { openJobs } from '#client/features/live/core/state.ts'
import { maskStatusStore } from '#client/features/mask/mask-status.ts'
import { scopeStore } from '#client/lib/history.ts'
import { pressStore } from './press-store.ts'

/** What stood in the way of a press: something on the bench, or the images that are in work. */
export type NewsAbout = 'bench' | 'jobs'

/** All that an artist can change on the bench of a mode, as one text; not the seed, which changes by itself. */
function benchText(mode: string, draft: Draft, painted: Readonly<Record<string, number>>): string {
  const { slots, prompt, negative, aspect, creativity, chaos } = modeDraft(draft, mode)
  const images = slots.map(({ image, role, weight }) => [image.key, role, weight, painted[image.key] ?? null])
  return JSON.stringify([mode, draft.count, prompt, negative, aspect, creativity, chaos, images])
}

const now = () => benchText(scopeStore.get(), draftStore.get(), maskStatusStore.get())

/** Takes the sentence under the button away once the bench is another one, or fewer images are in work. */
export function clearWhenStale(about: NewsAbout): void {
  const { news } = pressStore.get()
  const before = now()
  const open = openJobs(live.state.get()).length
  const look = () => {
    const gone = pressStore.get().news !== news
    const less = about === 'jobs' && openJobs(live.state.get()).length < open
    if (!gone && !less && now() === before) return
    for (const stop of stops) stop()
    if (!gone) pressStore.set({ ...pressStore.get(), news: null })
  }
  const stops = [scopeStore, draftStore, maskStatusStore, pressStore, live.state].map((store) => store.subscribe(look))
}
