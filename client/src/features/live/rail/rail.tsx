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

/** Every attempt of this session, newest first, the failed and canceled ones too. */
export function JobList(props: JobListProps) {
  if (props.jobs.length === 0) return <p className="empty hint">{copy.rail.empty}</p>
  return (
    <ol className="jobs">
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
