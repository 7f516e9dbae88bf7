import type { KeyboardEvent } from 'react'
import type { JobView } from '#shared/jobs/schema.ts'
import { copy } from '#client/app/copy.ts'
import { formatNumber } from '#client/lib/format.ts'
import { shownStep } from '../core/state.ts'
import type { LiveState } from '../core/state.ts'
import { RailItem } from './rail-item.tsx'

export type JobListProps = {
  jobs: readonly JobView[]
  live: LiveState
  currentId: string | null
  freshId: string | null
  stopping: ReadonlySet<string>
  titleOf: (mode: string) => string
  onOpen: (job: JobView) => void
  onCancel: (job: JobView) => void
  onRetry: (job: JobView) => void
}

/** Up and down lead from one attempt to the next, Home and End to the first and last. */
function step(event: KeyboardEvent<HTMLOListElement>): void {
  const rows = [...event.currentTarget.querySelectorAll<HTMLButtonElement>('.open')]
  const at = rows.findIndex((row) => row === document.activeElement)
  const to = { ArrowUp: at - 1, ArrowDown: at + 1, Home: 0, End: rows.length - 1 }[event.key]
  if (at < 0 || to === undefined) return
  event.preventDefault()
  rows[Math.min(rows.length - 1, Math.max(0, to))]?.focus()
}

/** Every attempt of this session, newest first, the failed and canceled ones too. */
export function JobList(props: JobListProps) {
  if (props.jobs.length === 0) return <p className="empty hint">{copy.rail.empty}</p>
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- the keys belong to the buttons in it
    <ol className="jobs" onKeyDown={step}>
      {props.jobs.map((job) => (
        <RailItem
          key={job.id}
          job={job}
          title={props.titleOf(job.mode)}
          step={shownStep(props.live, job)}
          current={job.id === props.currentId}
          fresh={job.id === props.freshId}
          stopping={props.stopping.has(job.id)}
          onOpen={() => props.onOpen(job)}
          onCancel={() => props.onCancel(job)}
          onRetry={() => props.onRetry(job)}
        />
      ))}
    </ol>
  )
}

export function Rail(props: JobListProps) {
  return (
    <aside className="rail scale" aria-label={copy.rail.title}>
      <header>
        <h2 className="label">{copy.rail.title}</h2>
        <span className="num hint">{formatNumber(props.jobs.length)}</span>
      </header>
      <JobList {...props} />
    </aside>
  )
}
