import { Ban, Check, CircleX } from 'lucide-react'
import type { CSSProperties, ReactNode } from 'react'
import type { JobView } from '#shared/jobs/schema.ts'
import { copyState, failures, returned } from '#client/app/copy-state.ts'
import { formatSize } from '#client/lib/format.ts'
import type { CanvasState, Wait } from '../core/canvas.ts'
import { noWorkerWords, queuedWords, waitWords } from '../core/wait-words.ts'
import { HeatStrip } from './heat-strip.tsx'

type StateLineProps = {
  state: CanvasState
  job: JobView | null
  /** Buttons of the moment: cancel, retry, download. */
  actions: ReactNode
  /** Seconds since the server was last heard, while it cannot be reached; null otherwise. */
  silentFor: number | null
}

function stripOf(state: CanvasState, job: JobView | null): ReactNode {
  const steps = job?.steps ?? 0
  switch (state.kind) {
    case 'queued':
    case 'no-worker':
    case 'starting':
    case 'creating':
      return <HeatStrip step={0} steps={steps || 28} mode="waiting" />
    case 'running':
      return <HeatStrip step={state.step} steps={state.steps} mode="working" />
    case 'stopping':
      return <HeatStrip step={job?.step ?? 0} steps={steps} mode={job?.status === 'running' ? 'working' : 'waiting'} />
    case 'saving':
    case 'opening':
      return <HeatStrip step={steps} steps={steps} mode="full" />
    case 'preparing':
      return <div className="bar cold busy" />
    case 'uploading':
      return <div className="bar cold" style={{ '--p': `${Math.round(state.share * 100)}%` } as CSSProperties} />
    case 'idle':
    case 'looking':
    case 'ready':
    case 'done':
    case 'failed':
    case 'canceled':
    case 'deleted':
      return null
  }
}

function Says({ big, soft }: { big: ReactNode; soft?: string | null }) {
  return (
    <p className="line">
      <span className="big">{big}</span>
      {soft && <span className="soft">{soft}</span>}
    </p>
  )
}

/** A running job's wait: the spread of a queue means nothing any more, only that it is late. */
function leftWords({ etaMs, late }: Wait): string | null {
  if (late) return copyState.late
  return etaMs === null ? null : copyState.left(copyState.about(etaMs))
}

function ended(title: ReactNode, job: JobView | null, icon: ReactNode, line: string): ReactNode {
  const money = job && job.returned > 0 ? ` ${returned(job.purse, job.returned)}` : ''
  return (
    <>
      <h2 className="word">
        {icon}
        {title}
      </h2>
      <p>{`${line}${money}`.trim()}</p>
    </>
  )
}

function words(state: CanvasState, job: JobView | null): ReactNode {
  switch (state.kind) {
    case 'idle':
      return null
    case 'looking':
      return <Says big={copyState.loadingJob} />
    case 'preparing':
      return (
        <Says
          big={copyState.preparing}
          soft={state.from && state.to ? copyState.resizing(formatSize(state.from), formatSize(state.to)) : null}
        />
      )
    case 'ready':
      return <Says big={copyState.ready} />
    case 'uploading':
      return <Says big={copyState.uploading} soft={`${Math.round(state.share * 100)} %`} />
    case 'creating':
      return <Says big={copyState.creating} />
    case 'queued':
      return <Says {...queuedWords(state)} />
    case 'no-worker':
      return <Says {...noWorkerWords(state.startingMs)} />
    case 'starting':
      return <Says big={state.loading ? copyState.loading : copyState.starting} soft={waitWords(state.wait)} />
    case 'running':
      return (
        <Says
          big={
            <>
              {copyState.step} <span className="num">{state.step}</span> {copyState.of}{' '}
              <span className="num">{state.steps}</span>
            </>
          }
          soft={leftWords(state.wait)}
        />
      )
    case 'saving':
      return <Says big={copyState.saving} />
    case 'opening':
      return <Says big={copyState.opening} />
    case 'stopping':
      return <Says big={copyState.stopping} />
    case 'done':
      return (
        <span className="word ok">
          <Check className="i" aria-hidden />
          {state.tookMs === null ? copyState.done : copyState.doneIn(state.tookMs)}
        </span>
      )
    case 'failed': {
      const title = state.step > 0 ? copyState.failedAt(state.step) : copyState.failed
      const icon = <CircleX className="i bad" aria-hidden />
      return ended(<span className="bad">{title}</span>, job, icon, failures[state.code])
    }
    case 'canceled': {
      const title = state.step > 0 ? copyState.canceledAt(state.step) : copyState.canceledQueue
      return ended(title, job, <Ban className="i" aria-hidden />, '')
    }
    case 'deleted':
      return ended(copyState.deleted, null, <Ban className="i" aria-hidden />, copyState.deletedMore)
  }
}

/** The one line under the image: what is happening, whose turn it is, where the money is. Never over the image. */
export function StateLine({ state, job, actions, silentFor }: StateLineProps) {
  return (
    <div className="state" data-state={state.kind}>
      {stripOf(state, job)}
      <div className="says">
        <div className="grow">
          {words(state, job)}
          {silentFor !== null && <span className="soft"> {copyState.heard(silentFor)}</span>}
        </div>
        {actions}
      </div>
    </div>
  )
}
