import {
  Cloud,
  Columns2,
  Copy,
  CornerDownRight,
  Download,
  Film,
  GitCompareArrows,
  Heart,
  Link2,
  Maximize2,
  SquareDashed,
  Trash2,
} from 'lucide-react'
import type { LucideIcon } from 'lucide-react'
import { useId } from 'react'
import type { ReactNode } from 'react'
import type { JobView } from '#shared/jobs/schema.ts'
import { resultCopy } from '#client/app/copy-result.ts'
import { fullViewStore, resultViewStore } from '#client/features/live/result/view.ts'
import type { ResultView } from '#client/features/live/result/view.ts'
import { useStore } from '#client/lib/use-store.ts'
import { setFavourite } from './job-actions.ts'
import { CopyList, DownloadForm, UseList } from './stage-menus.tsx'
import { viewOf } from './stage-plate.tsx'

const viewIcons: Record<ResultView, LucideIcon> = {
  slider: GitCompareArrows,
  side: Columns2,
  changes: SquareDashed,
  timeline: Film,
}

/** The views that this image has something for; none when there is but one. */
function viewsOf(job: JobView): ResultView[] {
  const views = (['slider', 'side', 'changes', 'timeline'] as const).filter((view) => viewOf(job, view) === view)
  return views.length > 1 ? views : []
}

/** The ways to look at it: as icons, or with their names in a sheet that `onDone` closes. */
export function Views({ job, onDone = null }: { job: JobView; onDone?: (() => void) | null }) {
  const words = onDone !== null
  const wanted = useStore(resultViewStore)
  const current = viewOf(job, wanted)
  return (
    // oxlint-disable-next-line jsx-a11y/prefer-tag-over-role -- a fieldset has no place in a toolbar
    <div className="views" role="group" aria-label={resultCopy.viewLabel}>
      {viewsOf(job).map((view) => {
        const Icon = viewIcons[view]
        return (
          <button
            key={view}
            type="button"
            className={words ? 'btn quiet' : 'icon'}
            aria-pressed={view === current}
            {...(words ? {} : { 'aria-label': resultCopy.views[view], title: resultCopy.views[view] })}
            onClick={() => {
              resultViewStore.set(view)
              onDone?.()
            }}
          >
            <Icon className="i" aria-hidden />
            {words && resultCopy.views[view]}
          </button>
        )
      })}
    </div>
  )
}

function Menu({
  label,
  icon,
  children,
}: {
  label: string
  icon: ReactNode
  children: (close: () => void) => ReactNode
}) {
  const id = useId()
  const close = () => document.querySelector<HTMLElement>(`#${CSS.escape(id)}`)?.hidePopover()
  return (
    <>
      <button type="button" className="icon" popoverTarget={id} aria-label={label} title={label}>
        {icon}
      </button>
      {/* oxlint-disable-next-line jsx-a11y/prefer-tag-over-role -- a popover is not a part of a form */}
      <div id={id} popover="auto" className="pop from-foot" role="group" aria-label={label}>
        <h2>{label}</h2>
        {children(close)}
      </div>
    </>
  )
}

export type ToolsProps = { job: JobView; onShare: () => void; onRemove: () => void }

export function FullButton() {
  return (
    <button
      type="button"
      className="icon"
      aria-label={resultCopy.full}
      title={resultCopy.full}
      onClick={() => fullViewStore.set(true)}
    >
      <Maximize2 className="i" aria-hidden />
    </button>
  )
}

export function HeartButton({ job, words }: { job: JobView; words: boolean }) {
  return (
    <button
      type="button"
      className={words ? 'btn quiet' : 'icon'}
      aria-pressed={job.favourite}
      {...(words ? {} : { 'aria-label': resultCopy.favourite, title: resultCopy.favourite })}
      onClick={() => void setFavourite(job, !job.favourite)}
    >
      <Heart className="i" aria-hidden fill={job.favourite ? 'currentColor' : 'none'} />
      {words && resultCopy.favourite}
    </button>
  )
}

/** Why an outside provider rendered it, and how that differs from our own. */
export function ProviderNotes({ fallback }: Pick<JobView, 'fallback'>) {
  return (
    fallback && (
      <>
        <p>{resultCopy.providerWhy[fallback.reason]}</p>
        {fallback.notes.map((note) => (
          <p key={note} className="hint">
            {note}
          </p>
        ))}
      </>
    )
  )
}

export function ShareButton({ onShare }: Pick<ToolsProps, 'onShare'>) {
  return (
    <button type="button" className="icon" aria-label={resultCopy.share} title={resultCopy.share} onClick={onShare}>
      <Link2 className="i" aria-hidden />
    </button>
  )
}

/** The row at the foot of the stage, on desks. */
export function ToolRow({ job, onShare, onRemove }: ToolsProps) {
  return (
    <>
      <Views job={job} />
      <FullButton />
      <HeartButton job={job} words={false} />
      {job.fallback && (
        <Menu label={resultCopy.provider} icon={<Cloud className="i" aria-hidden />}>
          {() => <ProviderNotes fallback={job.fallback} />}
        </Menu>
      )}
      <Menu label={resultCopy.use} icon={<CornerDownRight className="i" aria-hidden />}>
        {(close) => <UseList job={job} onDone={close} />}
      </Menu>
      <Menu label={resultCopy.copy} icon={<Copy className="i" aria-hidden />}>
        {(close) => <CopyList job={job} onDone={close} />}
      </Menu>
      <Menu label={resultCopy.download} icon={<Download className="i" aria-hidden />}>
        {(close) => <DownloadForm job={job} onDone={close} />}
      </Menu>
      <ShareButton onShare={onShare} />
      <button
        type="button"
        className="icon"
        aria-label={resultCopy.remove}
        title={resultCopy.remove}
        onClick={onRemove}
      >
        <Trash2 className="i" aria-hidden />
      </button>
    </>
  )
}
