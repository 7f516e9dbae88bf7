import type { JobView } from '#shared/jobs/schema.ts'
import { copy } from '#client/app/copy.ts'
import { copyState } from '#client/app/copy-state.ts'
import { live } from '#client/app/live.ts'
import { FullView } from '#client/components/ui/full-view.tsx'
import type { CanvasState } from '#client/features/live/core/canvas.ts'
import { flippedStore, fullViewStore } from '#client/features/live/result/view.ts'
import { PreviewCanvas } from '#client/features/live/stage/preview-canvas.tsx'
import { useHeldKey } from '#client/features/live/stage/use-held-key.ts'
import { formatSize } from '#client/lib/format.ts'
import { useDecoded } from '#client/lib/use-decoded.ts'
import { useStore } from '#client/lib/use-store.ts'
import { jobMask, jobPictures } from './job-pictures.ts'

/** Work in progress is looked at in this size until the picture's own is known. */
const square = { width: 1_024, height: 1_024 }

function Result({ job }: { job: JobView }) {
  useHeldKey()
  const flipped = useStore(flippedStore)
  const { before, shown, full } = jobPictures(job)
  // The small one at once, the full size over it as soon as it can be painted.
  const sharp = useDecoded(full?.url ?? null) === 'ready' ? full : shown
  return (
    <>
      {sharp && <img src={sharp.url} alt={copy.result.alt(job.prompt)} />}
      {before && flipped && <img src={before.url} alt={copy.result.before} />}
    </>
  )
}

function InWork({ state, job }: { state: CanvasState; job: JobView }) {
  const { before } = jobPictures(job)
  const step = state.kind === 'running' ? state.step : job.step
  return (
    <>
      {before && <img src={before.url} alt={copy.result.before} />}
      {(job.status === 'running' || state.kind === 'opening') && (
        <PreviewCanvas
          engine={live}
          jobId={job.id}
          label={copy.result.previewAlt(step, job.steps)}
          mask={jobMask(job)}
        />
      )}
    </>
  )
}

/** The picture on the canvas over the whole window; while it is made, its previews. */
export function StageFull({ state, job }: { state: CanvasState; job: JobView }) {
  const { before, shown, full } = jobPictures(job)
  const done = state.kind === 'done'
  const size = (done ? (full ?? shown) : before) ?? square
  return (
    <FullView
      title={copy.result.alt(job.prompt)}
      size={{ width: size.width, height: size.height }}
      onClose={() => fullViewStore.set(false)}
      foot={
        <>
          {state.kind === 'running' && (
            <span>
              {copyState.step} <span className="num">{state.step}</span> {copyState.of}{' '}
              <span className="num">{state.steps}</span>
            </span>
          )}
          {done && <span className="num">{formatSize(size)}</span>}
          <span className="num only-desk">{job.transmission}</span>
          {done && before && <span className="only-desk">{copy.result.flip}</span>}
        </>
      }
    >
      {done ? <Result job={job} /> : <InWork state={state} job={job} />}
    </FullView>
  )
}
