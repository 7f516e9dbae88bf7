import { Suspense } from 'react'
import type { CSSProperties, ReactNode } from 'react'
import type { JobView } from '#shared/jobs/schema.ts'
import { copy, money } from '#client/app/copy.ts'
import type { BenchImage } from '#client/features/bench/core/slots.ts'
import type { CanvasState } from '#client/features/live/core/canvas.ts'
import { flippedStore, fullViewStore, resultViewStore } from '#client/features/live/result/view.ts'
import { StateLine } from '#client/features/live/stage/state-line.tsx'
import { formatSize } from '#client/lib/format.ts'
import { late } from '#client/lib/late.ts'
import { useStore } from '#client/lib/use-store.ts'
import { jobPictures } from './job-pictures.ts'
import { Plate, viewOf } from './stage-plate.tsx'

const StageTools = late(async () => (await import('./stage-tools.tsx')).StageTools)
const StageFull = late(async () => (await import('./stage-full.tsx')).StageFull)

export type StageEditor = { view: ReactNode; foot: ReactNode; size: { width: number; height: number } } | null

type StageProps = {
  state: CanvasState
  job: JobView | null
  image: BenchImage | null
  fresh: boolean
  silentFor: number | null
  actions: ReactNode
  /** What stands in place of picture and state line while a mask can be painted, and the zoom at its foot. */
  editor: StageEditor
}

type Shown = Pick<StageProps, 'state' | 'job' | 'image' | 'editor'> & { side: boolean }

function ratio({ state, job, image, editor, side }: Shown): string {
  const onBench = editor?.size ?? image?.size
  if (!job) return onBench ? `${onBench.width} / ${onBench.height}` : '3 / 2'
  const { before, shown } = jobPictures(job)
  const asset = state.kind === 'done' ? shown : before
  if (asset) return `${asset.width * (side ? 2 : 1)} / ${asset.height}`
  return job.aspect === null ? '1 / 1' : String(job.aspect)
}

/** Held down, it holds up what was before; C does the same. */
function HoldBefore() {
  const hold = (on: boolean) => () => flippedStore.set(on)
  return (
    <button
      type="button"
      className="hold"
      title={copy.result.hold}
      onPointerDown={hold(true)}
      onPointerUp={hold(false)}
      onPointerLeave={hold(false)}
      onPointerCancel={hold(false)}
      onContextMenu={(event) => event.preventDefault()}
      onKeyDown={({ key }) => (key === ' ' || key === 'Enter') && flippedStore.set(true)}
      onKeyUp={hold(false)}
      onBlur={hold(false)}
    >
      {copy.result.before}
    </button>
  )
}

function Sides({ job }: { job: JobView }) {
  const { before } = jobPictures(job)
  return (
    <div className="sides">
      <span>{before ? <HoldBefore /> : <b>{copy.result.fact}</b>}</span>
      {job.smaller && <span title={copy.result.smaller[job.smaller]}>{copy.result.smaller[job.smaller]}</span>}
      <span>
        {before && <b>{copy.result.after} </b>}
        {copy.bench.seed.toLowerCase()} <span className="num">{job.seed}</span>
        {job.fallback && copy.result.byProviderTail}
      </span>
    </div>
  )
}

function Facts({ state, job, image, editor }: Pick<StageProps, 'state' | 'job' | 'image' | 'editor'>) {
  if (!job) {
    const name = editor && image ? <span className="name">{image.name}</span> : null
    return (
      <>
        {name}
        <span className={image ? 'num' : ''}>{image ? formatSize(editor?.size ?? image.size) : copy.idle.foot}</span>
      </>
    )
  }
  const { shown, full } = jobPictures(job)
  const sized = full ?? shown
  return (
    <>
      {state.kind === 'running' && <span className="preview-fact">{copy.result.previewFact}</span>}
      {sized && state.kind === 'done' && <span className="num">{formatSize(sized)}</span>}
      <span className="num">{job.transmission}</span>
      {state.kind === 'done' && (
        <span className={job.purse === 'credits' ? 'cost credit' : 'cost'}>
          {money(job.purse, job.price - job.returned)}
        </span>
      )}
      {job.fallback && state.kind !== 'done' && <span>{copy.result.byProvider}</span>}
      {state.kind !== 'done' && (
        <span>
          {copy.bench.seed} <span className="num">{job.seed}</span>
        </span>
      )}
      {job.mask && state.kind !== 'done' && <span>{copy.result.maskFact(job.mask.grow, job.mask.feather)}</span>}
      {job.negative !== '' && <span className="name">{copy.result.negativeFact(job.negative)}</span>}
    </>
  )
}

/** The image, the one line under it, and the facts at the foot. */
export function Stage(props: StageProps) {
  const { state, job, image, silentFor, actions, editor } = props
  const full = useStore(fullViewStore)
  const view = useStore(resultViewStore)
  const side = state.kind === 'done' && job !== null && viewOf(job, view) === 'side'
  const shape = { '--ar': ratio({ ...props, side }) } as CSSProperties
  const plain = (
    <>
      <Plate {...props} />
      {/* As high in every state of a job, so that the image does not move when it is done. */}
      <div className="under">
        {state.kind === 'done' && job && <Sides job={job} />}
        <StateLine state={state} job={job} actions={actions} silentFor={silentFor} />
      </div>
    </>
  )
  const painting = editor !== null && job === null && state.kind === 'ready'
  return (
    <main className="stage">
      <h1 className="sr">{copy.nav.studio}</h1>
      <div className="view">
        <div className={painting ? 'work painting' : 'work'} style={shape}>
          {painting ? <Suspense fallback={plain}>{editor.view}</Suspense> : plain}
        </div>
      </div>
      <div className="foot">
        <div className="facts">
          <Facts state={state} job={job} image={image} editor={painting ? editor : null} />
        </div>
        {painting && <Suspense>{editor.foot}</Suspense>}
        {job && !painting && (
          <Suspense>
            <StageTools state={state} job={job} />
          </Suspense>
        )}
      </div>
      {full && job && (
        <Suspense>
          <StageFull state={state} job={job} />
        </Suspense>
      )}
    </main>
  )
}
