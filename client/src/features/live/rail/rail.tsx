import { Suspense } from 'react'
import type { JobView } from '#shared/jobs/schema.ts'
import { copy } from '#client/app/copy.ts'
import { formatNumber } from '#client/lib/format.ts'
import { late } from '#client/lib/late.ts'
import type { LiveState } from '../core/state.ts'

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

const JobRows = late(async () => (await import('./job-list.tsx')).JobRows)

/** Every attempt of this session, newest first, the failed and canceled ones too. */
export function JobList(props: JobListProps) {
  if (props.jobs.length === 0) return <p className="empty hint">{copy.rail.empty}</p>
  return (
    <Suspense>
      <JobRows {...props} />
    </Suspense>
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
