import type { JobView } from '#shared/jobs/schema.ts'
import { applyLimits, live, refreshQuotes } from '#client/app/live.ts'
import { noticeRefusal } from '#client/app/notice-refusal.ts'
import { api } from '#client/lib/api.ts'
import { refusalOf } from '#client/lib/refusal.ts'
import { createStore } from '#client/lib/store.ts'

/** Jobs whose cancel has been asked for and not answered. */
export const stoppingStore = createStore<ReadonlySet<string>>(new Set())

function mark(id: string, on: boolean): void {
  const next = new Set(stoppingStore.get())
  if (on) next.add(id)
  else next.delete(id)
  stoppingStore.set(next)
}

/** Asks for a cancel; the line says Stopping at once. Asking twice is asking once. */
export async function cancelJob(job: JobView): Promise<void> {
  if (stoppingStore.get().has(job.id)) return
  mark(job.id, true)
  try {
    const { job: row, limits } = await api.forge.cancel.mutate({ id: job.id })
    live.adopt([row])
    applyLimits(limits)
  } catch (error) {
    const refusal = refusalOf(error)
    void (refusal.kind === 'refused' ? noticeRefusal(refusal.code, refusal.data) : noticeRefusal('UNAVAILABLE'))
    live.wake()
  } finally {
    mark(job.id, false)
    refreshQuotes()
  }
}
