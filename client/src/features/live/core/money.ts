import type { CancelEffect, JobStatus, Purse } from '#shared/jobs/rules.ts'
import { copyState } from '#client/app/copy-state.ts'

/**
 * What a cancel gives back now, in words. From the queue everything comes back. A running job's credits do too, unless
 * the server said that this hour's free cancels are used up; a free image does not: it has already taken a worker's
 * time. The status is judged before the server's word, because messages move it in between.
 */
export function cancelReturns(job: {
  status: JobStatus
  purse: Purse
  price: number
  cancel: CancelEffect | null
}): string {
  const back = job.status === 'queued' || (job.purse === 'credits' && job.cancel !== 'keeps')
  return back ? copyState.returns(job.purse, job.price) : copyState.stopsNoReturn
}
