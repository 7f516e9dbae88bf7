import type { JobStatus, Purse } from '#shared/jobs/rules.ts'
import { copy } from '#client/app/copy.ts'

/**
 * What a cancel gives back now, in words. Credits come back below 80 % of the steps; a free image only while it is
 * still queued, because a started one has already taken a worker's time.
 */
export function cancelReturns(job: { status: JobStatus; purse: Purse; price: number }): string {
  const back = job.status === 'queued' || job.purse === 'credits'
  return back ? copy.state.returns(job.purse, job.price) : copy.state.stopsNoReturn
}
