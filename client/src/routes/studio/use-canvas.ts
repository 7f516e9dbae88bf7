import { useEffect, useRef, useState } from 'react'
import { isOver } from '#shared/jobs/rules.ts'
import type { JobView } from '#shared/jobs/schema.ts'
import type { ModeView } from '#shared/modes/schema.ts'
import { live } from '#client/app/live.ts'
import { movingStore } from '#client/features/account/moving.ts'
import { sessionStore } from '#client/features/account/session.ts'
import { modeDraft } from '#client/features/bench/core/draft.ts'
import { draftStore } from '#client/features/bench/draft-store.ts'
import { transferStore } from '#client/features/bench/transfers.ts'
import { intakeStore } from '#client/features/bench/intake.ts'
import { canvasState } from '#client/features/live/core/canvas.ts'
import type { BenchPhase, CanvasState } from '#client/features/live/core/canvas.ts'
import { shownStep } from '#client/features/live/core/state.ts'
import { useDecoded } from '#client/lib/use-decoded.ts'
import { useNow } from '#client/lib/use-now.ts'
import { useStore } from '#client/lib/use-store.ts'
import { jobPictures } from './job-pictures.ts'
import { pressStore } from './press-store.ts'
import { stoppingStore } from './cancel.ts'

export type Canvas = {
  state: CanvasState
  job: JobView | null
  /** True when the address names a job that this user does not have. */
  lost: boolean
  /** The job that was seen to finish on this page, for the quench. */
  freshId: string | null
}

function useBenchPhase(mode: ModeView): BenchPhase {
  const image = modeDraft(useStore(draftStore), mode.key).slots.find((slot) => slot.role !== 'style')?.image ?? null
  const { preparing } = useStore(intakeStore)
  const { phase, share } = useStore(pressStore)
  const transfers = useStore(transferStore)
  if (phase === 'uploading') return { kind: 'uploading', share }
  if (phase !== 'idle') return { kind: 'creating' }
  if (preparing) return { kind: 'preparing', from: preparing.from, to: preparing.to }
  // Until the work image is there nothing can be painted on, and that is what happens now.
  const sending = mode.mask && image && !image.work ? transfers[image.key] : undefined
  if (sending && sending.problem === null) {
    return sending.share < 1 ? { kind: 'uploading', share: sending.share } : { kind: 'preparing', from: null, to: null }
  }
  return image ? { kind: 'ready' } : { kind: 'empty' }
}

function useFresh(job: JobView | null): string | null {
  const open = useRef(new Set<string>())
  const [freshId, setFreshId] = useState<string | null>(null)
  useEffect(() => {
    if (!job) return
    if (!isOver(job.status)) open.current.add(job.id)
    else if (job.status === 'succeeded' && open.current.delete(job.id)) setFreshId(job.id)
  }, [job])
  return freshId
}

/** Everything the canvas shows for the job in the address and what the bench is doing. */
export function useCanvas(jobId: string | null, mode: ModeView): Canvas {
  const bench = useBenchPhase(mode)
  const session = useStore(sessionStore)
  const state = useStore(live.state)
  const stopping = useStore(stoppingStore)
  const job = jobId === null ? null : (state.jobs[jobId] ?? null)
  const shown = job ? (jobPictures(job).shown?.url ?? null) : null
  const decoded = useDecoded(shown)
  const now = useNow(1_000, job !== null && !isOver(job.status))
  const freshId = useFresh(job)
  const moving = useStore(movingStore)
  const gone = !moving && (session.status === 'none' || (jobId !== null && state.absent.includes(jobId)))

  useEffect(() => live.watch(jobId), [jobId])

  const looking = jobId !== null && job === null && !gone
  const canvas = canvasState({
    bench,
    job: looking ? 'looking' : job,
    step: job ? shownStep(state, job) : 0,
    dueAt: job ? (state.dueAt[job.id] ?? null) : null,
    now,
    stopping: job !== null && stopping.has(job.id),
    // The news of the end comes before the row that names the pictures; a row without any has none to wait for.
    finalReady: decoded === 'ready' || decoded === 'broken' || (decoded === 'none' && job?.finishedAt != null),
  })
  return { state: canvas, job, lost: jobId !== null && job === null && gone, freshId }
}
