import { useNavigate } from '@tanstack/react-router'
import { Suspense, useEffect, useState } from 'react'
import { isOver } from '#shared/jobs/rules.ts'
import type { JobView } from '#shared/jobs/schema.ts'
import { resultCopy } from '#client/app/copy-result.ts'
import { TellMe } from '#client/features/live/tell/tell-me.tsx'
import type { CanvasState } from '#client/features/live/core/canvas.ts'
import { fullViewStore, moreStore } from '#client/features/live/result/view.ts'
import { isTyping } from '#client/features/live/stage/use-held-key.ts'
import { singleKeysStore } from '#client/lib/single-keys.ts'
import { late } from '#client/lib/late.ts'
import { useStore } from '#client/lib/use-store.ts'
import { removeJob, setFavourite } from './job-actions.ts'
import { jobPictures } from './job-pictures.ts'
import { MoreSheet, WaitSheet } from './stage-more.tsx'
import { FullButton, ShareButton, ToolRow } from './stage-tool-row.tsx'
import '#client/styles/result.css'

const ShareSheet = late(async () => (await import('#client/features/share/share-sheet.tsx')).ShareSheet)

/** F marks, V shows it over the window, Delete deletes; off while typing or when single keys are. */
function useKeys(job: JobView, done: boolean, onRemove: () => void): void {
  useEffect(() => {
    const listening = new AbortController()
    const onKey = (event: KeyboardEvent) => {
      const { key, ctrlKey, metaKey, altKey, target } = event
      if (!singleKeysStore.get() || ctrlKey || metaKey || altKey || isTyping(target)) return
      if (document.querySelector('dialog[open]')) return
      const pressed = key.toLowerCase()
      if (pressed === 'v') fullViewStore.set(true)
      else if (done && pressed === 'f') void setFavourite(job, !job.favourite)
      else if (done && key === 'Delete') onRemove()
    }
    window.addEventListener('keydown', onKey, { signal: listening.signal })
    return () => listening.abort()
  }, [job, done, onRemove])
}

/** Everything that can be done with a result besides the three verbs under it; while it is made, looking closely. */
export function StageTools({ state, job }: { state: CanvasState; job: JobView }) {
  const navigate = useNavigate()
  const [sharing, setSharing] = useState(false)
  const more = useStore(moreStore)
  const done = state.kind === 'done'
  const onRemove = () =>
    void removeJob(job, {
      gone: () => void navigate({ to: '/studio', search: ({ job: _gone, ...now }) => now, replace: true }),
      back: () => void navigate({ to: '/studio', search: (now) => ({ ...now, job: job.id }) }),
    })
  useKeys(job, done, onRemove)
  const tools = { job, onShare: () => setSharing(true), onRemove }
  return (
    <div className="right tools" role="toolbar" aria-label={resultCopy.tools}>
      {done ? (
        <ToolRow {...tools} />
      ) : (
        <>
          {!isOver(job.status) && <TellMe jobId={job.id} />}
          {!isOver(job.status) && <ShareButton onShare={tools.onShare} />}
          {jobPictures(job).before && <FullButton />}
        </>
      )}
      {more && done && <MoreSheet {...tools} onClose={() => moreStore.set(false)} />}
      {more && !done && !isOver(job.status) && (
        <WaitSheet job={job} onShare={tools.onShare} onClose={() => moreStore.set(false)} />
      )}
      {sharing && (
        <Suspense>
          <ShareSheet jobId={job.id} onClose={() => setSharing(false)} />
        </Suspense>
      )}
    </div>
  )
}
