import { isOver } from '#shared/jobs/rules.ts'
import type { JobView } from '#shared/jobs/schema.ts'
import { live } from '#client/app/live.ts'
import { useNow } from '#client/lib/use-now.ts'
import { useStore } from '#client/lib/use-store.ts'

/** A server unheard for longer than this, while a job runs, is said. Milliseconds. */
const silence = 12_000

/** Whole seconds since the last word about a running job, once it has been quiet for long; null otherwise. */
export function useSilence(job: JobView | null): number | null {
  const open = job !== null && !isOver(job.status)
  const { heardAt } = useStore(live.state)
  const now = useNow(1_000, open)
  const quiet = now - heardAt
  return open && heardAt > 0 && quiet > silence ? Math.round(quiet / 1_000) : null
}
