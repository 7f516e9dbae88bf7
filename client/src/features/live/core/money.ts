import type { JobStatus, Purse } from '#shared/jobs/rules.ts'
import { copy } from '#client/app/copy.ts'

/**
 * What a cancel gives back now, in words. Credits come back below 80 % of the steps; a free image only while it is
 * still queued (DESIGN 6).
 */
export function cancelReturns(job: { status: JobStatus; purse: Purse; price: number }): string {
  const back = job.status === 'queued' || job.purse === 'credits'
  return back ? copy.state.returns(job.purse, job.price) : copy.state.stopsNoReturn
}
