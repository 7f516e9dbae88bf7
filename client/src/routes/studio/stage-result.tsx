import type { ReactNode } from 'react'
import type { JobView } from '#shared/jobs/schema.ts'
import { copy } from '#client/app/copy.ts'
import { ChangesView } from '#client/features/live/result/changes-view.tsx'
import { TimelineView } from '#client/features/live/result/timeline-view.tsx'
import { flippedStore } from '#client/features/live/result/view.ts'
import type { ResultView } from '#client/features/live/result/view.ts'
import { useHeldKey } from '#client/features/live/stage/use-held-key.ts'
import { loadSoftMask } from '#client/features/live/stage/soft-mask.ts'
import { useStore } from '#client/lib/use-store.ts'
import { jobMask, jobPictures } from './job-pictures.ts'

function SideBySide({ before, after, alt }: { before: string; after: string; alt: string }) {
  useHeldKey()
  const flipped = useStore(flippedStore)
  return (
    <figure className="plate side-by-side">
      <img src={flipped ? after : before} alt={copy.result.before} />
      <img src={flipped ? before : after} alt={alt} data-testid="result" />
    </figure>
  )
}

/** The ways to look at a result besides the handle. */
export function ResultPlate({ job, view }: { job: JobView; view: Exclude<ResultView, 'slider'> }): ReactNode {
  const { before, shown, full, timeline } = jobPictures(job)
  const alt = copy.result.alt(job.prompt)
  const mask = jobMask(job)
  if (!shown) return null
  switch (view) {
    case 'side':
      return before && <SideBySide before={before.url} after={shown.url} alt={alt} />
    case 'changes':
      return before && mask && <ChangesView before={before.url} after={(full ?? shown).url} mask={mask} alt={alt} />
    case 'timeline':
      return (
        timeline && (
          <TimelineView
            strip={timeline}
            result={shown}
            before={mask ? (before?.url ?? null) : null}
            steps={job.steps}
            alt={alt}
            loadMask={mask && ((signal) => loadSoftMask(mask, signal))}
          />
        )
      )
  }
}
