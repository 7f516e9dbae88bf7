import { useEffect } from 'react'
import type { JobView } from '#shared/jobs/schema.ts'
import { readOpenPress, writeOpenPress } from '#client/features/generate/open-press.ts'

/**
 * After a reload in the middle of a press: if its jobs did come to be, shows them. Nothing is sent again by itself;
 * pressing Generate with the same draft answers the same jobs.
 */
export function useOpenPress(jobs: readonly JobView[], show: (jobId: string) => void): void {
  useEffect(() => {
    const open = readOpenPress()
    if (!open) return
    const job = jobs.find((one) => one.requestId === open.requestId)
    if (!job) return
    writeOpenPress(null)
    show(job.id)
  }, [jobs, show])
}
