import type { KeyboardEvent } from 'react'
import { shownStep } from '../core/state.ts'
import { RailItem } from './rail-item.tsx'
import type { JobListProps } from './rail.tsx'

/** Up and down lead from one attempt to the next, Home and End to the first and last. */
function step(event: KeyboardEvent<HTMLOListElement>): void {
  const rows = [...event.currentTarget.querySelectorAll<HTMLButtonElement>('.open')]
  const at = rows.findIndex((row) => row === document.activeElement)
  const to = { ArrowUp: at - 1, ArrowDown: at + 1, Home: 0, End: rows.length - 1 }[event.key]
  if (at < 0 || to === undefined) return
  event.preventDefault()
  rows[Math.min(rows.length - 1, Math.max(0, to))]?.focus()
}

/** The attempts themselves, one under another. */
export function JobRows(props: JobListProps) {
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
