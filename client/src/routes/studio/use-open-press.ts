import { useEffect } from 'react'
import type { JobView } from '#shared/jobs/schema.ts'
import { sessionStore } from '#client/features/account/session.ts'
import { restoredStore } from '#client/features/bench/draft-store.ts'
import { takeLeftPress } from '#client/features/generate/kept-press.ts'
import { readOpenPress, writeOpenPress } from '#client/features/generate/open-press.ts'
import { useStore } from '#client/lib/use-store.ts'

/** Without an answer when this page opened: one that another tab sends later is that tab's to show. */
const open = readOpenPress()

/**
 * After a reload in the middle of a press: carries it on, and shows its jobs. One that a closed page had sent is not
 * sent again by itself; when its jobs did come to be they are shown, and pressing the same draft answers them.
 */
export function useOpenPress(jobs: readonly JobView[], show: (jobId: string) => void): void {
  const restored = useStore(restoredStore)
  const known = useStore(sessionStore).status !== 'unknown'
  useEffect(() => {
    const left = restored && known ? takeLeftPress() : null
    if (!left) return
    void import('./resume-press.ts')
      .then(({ resumePress }) => resumePress(left))
      .then((made) => made?.[0] && show(made[0].id))
      .catch(() => undefined)
  }, [restored, known, show])

  useEffect(() => {
    const job = open && jobs.find((one) => one.requestId === open.requestId)
    if (!job || readOpenPress()?.requestId !== job.requestId) return
    writeOpenPress(null)
    show(job.id)
  }, [jobs, show])
}
