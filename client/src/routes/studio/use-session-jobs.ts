import { useMemo } from 'react'
import type { JobView } from '#shared/jobs/schema.ts'
import { jobsNewestFirst } from '#client/features/live/core/state.ts'
import type { LiveState } from '#client/features/live/core/state.ts'
import { useNow } from '#client/lib/use-now.ts'

/** The rail goes back this far; older attempts are in the gallery. Milliseconds. */
const sessionSpan = 12 * 3_600_000

/** Attempts of this session, newest first, and the one in the address however old it is. */
export function useSessionJobs(state: LiveState, jobId: string | null): JobView[] {
  const now = useNow(600_000)
  return useMemo(
    () =>
      jobsNewestFirst(state).filter(
        (job) => job.id === jobId || (!job.deleted && Date.parse(job.createdAt) > now - sessionSpan),
      ),
    [state, jobId, now],
  )
}
