import { Suspense, useCallback, useEffect, useState } from 'react'
import type { ReactNode } from 'react'
import type { JobView } from '#shared/jobs/schema.ts'
import { copy } from '#client/app/copy.ts'
import { live } from '#client/app/live.ts'
import type { BenchImage } from '#client/features/bench/core/slots.ts'
import type { CanvasState } from '#client/features/live/core/canvas.ts'
import { resultViewStore } from '#client/features/live/result/view.ts'
import type { ResultView } from '#client/features/live/result/view.ts'
import { Compare } from '#client/features/live/stage/compare.tsx'
import { PreviewCanvas } from '#client/features/live/stage/preview-canvas.tsx'
import { blobUrl } from '#client/lib/blob-url.ts'
import { late } from '#client/lib/late.ts'
import { onlineStore } from '#client/lib/online.ts'
import { useDecoded } from '#client/lib/use-decoded.ts'
import { useStore } from '#client/lib/use-store.ts'
import { jobMask, jobPictures } from './job-pictures.ts'

const BrokenPlate = late(async () => (await import('./stage-broken.tsx')).BrokenPlate)
const ResultPlate = late(async () => (await import('./stage-result.tsx')).ResultPlate)

type PlateProps = { state: CanvasState; job: JobView | null; image: BenchImage | null; fresh: boolean }

/** States in which the picture waits its turn. */
const dimmed: ReadonlySet<CanvasState['kind']> = new Set(['queued', 'no-worker', 'starting', 'looking'])

/** The chosen view, or plainly when this image has nothing for it. */
export function viewOf(job: JobView, wanted: ResultView): ResultView {
  const { before, timeline } = jobPictures(job)
  if (wanted === 'timeline') return timeline ? 'timeline' : 'slider'
  if (wanted === 'changes') return before && job.mask ? 'changes' : 'slider'
  return before ? wanted : 'slider'
}

/** Whether the result could not be fetched, also after its address was renewed once; `again` tries anew. */
function useBroken(job: JobView, url: string | null): { broken: boolean; again: () => void } {
  const online = useStore(onlineStore)
  const [tries, setTries] = useState({ job: '', count: 0 })
  const count = tries.job === job.id ? tries.count : 0
  // Back on the network it is worth another try by itself.
  const state = useDecoded(url, online ? count : -1)
  const again = useCallback(() => {
    void import('./job-actions.ts')
      .then(({ renewAddresses }) => renewAddresses(job.id))
      .finally(() => setTries({ job: job.id, count: count + 1 }))
  }, [job.id, count])
  const asks = state === 'broken' && count === 0 && online
  useEffect(() => {
    if (asks) again()
  }, [asks, again])
  return { broken: state === 'broken' && !asks, again }
}

function Done({ job, fresh }: { job: JobView; fresh: boolean }): ReactNode {
  const view = viewOf(job, useStore(resultViewStore))
  const { before, shown } = jobPictures(job)
  const { broken, again } = useBroken(job, shown?.url ?? null)
  if (!shown) return null
  if (broken) {
    return (
      <Suspense>
        <BrokenPlate onAgain={again} />
      </Suspense>
    )
  }
  const alt = copy.result.alt(job.prompt)
  const plain = before ? (
    <Compare key={job.id} before={before.url} after={shown.url} alt={alt} fresh={fresh} />
  ) : (
    <figure className={fresh ? 'plate quench' : 'plate'}>
      <img src={shown.url} alt={alt} data-testid="result" />
    </figure>
  )
  if (view === 'slider') return plain
  return (
    <Suspense fallback={plain}>
      <ResultPlate key={`${job.id} ${view}`} job={job} view={view} />
    </Suspense>
  )
}

/** What of a job can be seen now, with nothing over it but its own tools. */
export function Plate({ state, job, image, fresh }: PlateProps) {
  if (job && state.kind === 'done') return <Done job={job} fresh={fresh} />
  const pictures = job ? jobPictures(job) : null
  const base = job ? (pictures?.before?.url ?? null) : image ? blobUrl(image.blob) : null
  const withPreview = job && (job.status === 'running' || state.kind === 'opening')
  const step = state.kind === 'running' ? state.step : (job?.step ?? 0)
  return (
    <figure className={dimmed.has(state.kind) ? 'plate dim' : 'plate'}>
      {base && <img src={base} alt={job ? copy.result.before : (image?.name ?? '')} />}
      {withPreview && (
        <PreviewCanvas
          key={job.id}
          engine={live}
          jobId={job.id}
          label={copy.result.previewAlt(step, job.steps)}
          mask={jobMask(job)}
        />
      )}
    </figure>
  )
}
