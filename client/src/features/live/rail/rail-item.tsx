import { Ban, Check, CircleX } from 'lucide-react'
import type { CSSProperties, ReactNode } from 'react'
import { canCancel } from '#shared/jobs/rules.ts'
import type { JobView } from '#shared/jobs/schema.ts'
import { copyState, failures, returned } from '#client/app/copy-state.ts'
import { formatClock } from '#client/lib/format.ts'
import { cancelReturns } from '../core/money.ts'

type RailItemProps = {
  job: JobView
  title: string
  step: number
  current: boolean
  fresh: boolean
  stopping: boolean
  onOpen: () => void
  onCancel: () => void
  onRetry: () => void
}

function thumbOf(job: JobView): string | null {
  const result =
    job.outputs.find((asset) => asset.kind === 'preview') ?? job.outputs.find((asset) => asset.kind === 'output')
  return (result ?? job.inputs[0]?.asset)?.url ?? null
}

function statusWords(job: JobView, step: number, stopping: boolean): string {
  if (job.deleted) return copyState.deleted
  switch (job.status) {
    case 'queued':
      if (stopping) return copyState.stopping
      return queuedWord(job)
    case 'running':
      if (stopping) return copyState.stopping
      return job.stage === 'sampling'
        ? `${copyState.step} ${step} ${copyState.of} ${job.steps}`
        : copyState[stageWord(job)]
    case 'succeeded':
      return copyState.done
    case 'failed':
      return copyState.failed
    case 'canceled':
      return job.step > 0 ? copyState.canceledAt(job.step) : copyState.canceledQueue
  }
}

function queuedWord({ queue, waitsFor }: JobView): string {
  if (waitsFor === 'no_worker' || (queue?.workersOnline === 0 && !queue.fallback)) {
    return queue?.startingMs == null ? copyState.noWorker : copyState.startingShort
  }
  if (waitsFor || queue?.ahead == null) return copyState.queued
  return queue.ahead === 0 ? copyState.nextInLine : copyState.inLine(queue.ahead + 1)
}

function stageWord(job: JobView): 'starting' | 'loading' | 'saving' {
  if (job.stage === 'loading') return 'loading'
  return job.stage === 'decoding' || job.stage === 'saving' ? 'saving' : 'starting'
}

function statusLine(job: JobView, words: string, fresh: boolean): ReactNode {
  switch (job.status) {
    case 'queued':
      return <span className="line">{words}</span>
    case 'running':
      return <span className="line hot">{words}</span>
    case 'succeeded':
      return (
        <span className={fresh ? 'line word ok' : 'line word hint'}>
          <Check className="i" aria-hidden />
          {words}
        </span>
      )
    case 'failed':
      return (
        <span className="line word bad">
          <CircleX className="i" aria-hidden />
          {words}
        </span>
      )
    case 'canceled':
      return (
        <span className="line word hint">
          <Ban className="i" aria-hidden />
          {words}
        </span>
      )
  }
}

function Returned({ job }: { job: JobView }) {
  if (job.returned === 0) return null
  return <span className={job.purse === 'credits' ? 'line credit' : 'line'}>{returned(job.purse, job.returned)}</span>
}

/** One attempt in the rail: what it is, how it stands, what came back, and the one thing to do about it. */
export function RailItem(props: RailItemProps) {
  const { job, title, step, current, fresh, stopping } = props
  const words = statusWords(job, step, stopping)
  const thumb = thumbOf(job)
  const share = job.steps > 0 ? Math.round((step / job.steps) * 100) : 0
  const time = formatClock(job.createdAt)
  return (
    <li className={`job ${job.status}${fresh ? ' fresh' : ''}`} aria-current={current ? 'true' : undefined}>
      <button type="button" className="open" onClick={props.onOpen}>
        {thumb ? (
          <img className="thumb" src={thumb} alt="" width={64} height={64} loading="lazy" />
        ) : (
          <span className="thumb" />
        )}
        <span className="min-w-0">
          <span className="title">
            {title}
            <time className="num" dateTime={job.createdAt}>
              {time}
            </time>
          </span>
          {statusLine(job, words, fresh)}
          {job.status === 'running' && <span className="bar" style={{ '--p': `${share}%` } as CSSProperties} />}
          {job.status === 'failed' && <span className="line">{failures[job.errorCode ?? 'INTERNAL']}</span>}
          {job.status === 'succeeded' && <span className="line hint num">{job.transmission}</span>}
          <Returned job={job} />
        </span>
      </button>
      {canCancel({ ...job, step }) && !stopping && (
        <div className="acts">
          <button type="button" className="btn quiet small" onClick={props.onCancel}>
            {`${copyState.cancel}, ${cancelReturns(job)}`}
          </button>
        </div>
      )}
      {job.status === 'failed' && (
        <div className="acts">
          <button type="button" className="btn quiet small" data-once onClick={props.onRetry}>
            {copyState.retry}
          </button>
        </div>
      )}
    </li>
  )
}
