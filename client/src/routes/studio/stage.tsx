import type { CSSProperties, ReactNode } from 'react'
import type { JobView } from '#shared/jobs/schema.ts'
import { copy } from '#client/app/copy.ts'
import { live } from '#client/app/live.ts'
import type { BenchImage } from '#client/features/bench/core/draft.ts'
import type { CanvasState } from '#client/features/live/core/canvas.ts'
import { Compare } from '#client/features/live/stage/compare.tsx'
import { PreviewCanvas } from '#client/features/live/stage/preview-canvas.tsx'
import { StateLine } from '#client/features/live/stage/state-line.tsx'
import { formatSize } from '#client/lib/format.ts'
import { blobUrl } from '#client/lib/blob-url.ts'
import { jobPictures } from './job-pictures.ts'

type StageProps = {
  state: CanvasState
  job: JobView | null
  image: BenchImage | null
  fresh: boolean
  silentFor: number | null
  actions: ReactNode
  idle: ReactNode
}

/** States in which the picture waits its turn. */
const dimmed: ReadonlySet<CanvasState['kind']> = new Set(['queued', 'no-worker', 'starting', 'looking'])

function ratio(state: CanvasState, job: JobView | null, image: BenchImage | null): string {
  if (!job) return image ? `${image.size.width} / ${image.size.height}` : '3 / 2'
  const { before, shown } = jobPictures(job)
  const asset = state.kind === 'done' ? shown : before
  return asset ? `${asset.width} / ${asset.height}` : '1 / 1'
}

function Plate({ state, job, image, fresh }: Pick<StageProps, 'state' | 'job' | 'image' | 'fresh'>) {
  const pictures = job ? jobPictures(job) : null
  if (job && state.kind === 'done' && pictures?.shown) {
    const before = pictures.before?.url ?? pictures.shown.url
    return (
      <Compare
        key={job.id}
        before={before}
        after={pictures.shown.url}
        alt={copy.result.alt(job.prompt)}
        fresh={fresh}
      />
    )
  }
  const base = job ? (pictures?.before?.url ?? null) : image ? blobUrl(image.blob) : null
  const withPreview = job && (job.status === 'running' || state.kind === 'opening')
  const step = state.kind === 'running' ? state.step : (job?.step ?? 0)
  return (
    <figure className={dimmed.has(state.kind) ? 'plate dim' : 'plate'}>
      {base && <img src={base} alt={job ? copy.result.before : (image?.name ?? '')} />}
      {withPreview && (
        <PreviewCanvas key={job.id} engine={live} jobId={job.id} label={copy.result.previewAlt(step, job.steps)} />
      )}
    </figure>
  )
}

function Sides({ job }: { job: JobView }) {
  return (
    <div className="sides">
      <span>
        <b>{copy.result.before}</b>
      </span>
      <span>
        <b>{copy.result.after}</b> {copy.bench.seed.toLowerCase()} <span className="num">{job.seed}</span>
      </span>
    </div>
  )
}

function Facts({ state, job, image }: Pick<StageProps, 'state' | 'job' | 'image'>) {
  if (!job) {
    return <span>{image ? formatSize(image.size) : copy.idle.foot}</span>
  }
  const { shown, full } = jobPictures(job)
  const sized = full ?? shown
  return (
    <>
      {state.kind === 'done' && <span>{copy.result.fact}</span>}
      {state.kind === 'running' && <span className="preview-fact">{copy.result.previewFact}</span>}
      {sized && state.kind === 'done' && <span className="num">{formatSize(sized)}</span>}
      <span>
        {copy.bench.seed} <span className="num">{job.seed}</span>
      </span>
      <span className="num">{job.transmission}</span>
      {state.kind === 'done' && <span className="only-desk">{copy.result.flip}</span>}
    </>
  )
}

/** The image, the one line under it, and the facts at the foot. */
export function Stage(props: StageProps) {
  const { state, job, image, silentFor, actions, idle } = props
  const shape = { '--ar': ratio(state, job, image) } as CSSProperties
  return (
    <main className="stage">
      <h1 className="sr">{copy.nav.studio}</h1>
      <div className="view">
        {state.kind === 'idle' ? (
          idle
        ) : (
          <div className="work" style={shape}>
            <Plate {...props} />
            {/* As high in every state of a job, so that the image does not move when it is done. */}
            <div className="under">
              {state.kind === 'done' && job && <Sides job={job} />}
              <StateLine state={state} job={job} actions={actions} silentFor={silentFor} />
            </div>
          </div>
        )}
      </div>
      <div className="foot">
        <div className="facts">
          <Facts state={state} job={job} image={image} />
        </div>
      </div>
    </main>
  )
}
