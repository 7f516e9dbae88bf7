import { useNavigate } from '@tanstack/react-router'
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
import { Suspense, useEffect, useId, useState } from 'react'
import type { ReactNode } from 'react'
import { isOver } from '#shared/jobs/rules.ts'
import type { JobView } from '#shared/jobs/schema.ts'
import { resultCopy } from '#client/app/copy-result.ts'
import { Sheet } from '#client/components/ui/sheet.tsx'
import { TellMe } from '#client/features/live/tell/tell-me.tsx'
import type { CanvasState } from '#client/features/live/core/canvas.ts'
import { fullViewStore, moreStore, resultViewStore } from '#client/features/live/result/view.ts'
import type { ResultView } from '#client/features/live/result/view.ts'
import { isTyping } from '#client/features/live/stage/use-held-key.ts'
import { singleKeysStore } from '#client/lib/single-keys.ts'
import { late } from '#client/lib/late.ts'
import { useStore } from '#client/lib/use-store.ts'
import { removeJob, setFavourite } from './job-actions.ts'
import { jobPictures } from './job-pictures.ts'
import { CopyList, DownloadForm, UseList } from './stage-menus.tsx'
import { viewOf } from './stage-plate.tsx'
import '#client/styles/result.css'

const ShareSheet = late(async () => (await import('#client/features/share/share-sheet.tsx')).ShareSheet)

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

function Views({ job, words }: { job: JobView; words: boolean }) {
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
            onClick={() => resultViewStore.set(view)}
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

type ToolsProps = { job: JobView; onShare: () => void; onRemove: () => void }

function FullButton() {
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

function HeartButton({ job, words }: { job: JobView; words: boolean }) {
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
function ProviderNotes({ fallback }: Pick<JobView, 'fallback'>) {
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

/** The row at the foot of the stage, on desks. */
function Row({ job, onShare, onRemove }: ToolsProps) {
  return (
    <>
      <Views job={job} words={false} />
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
      <button type="button" className="icon" aria-label={resultCopy.share} title={resultCopy.share} onClick={onShare}>
        <Link2 className="i" aria-hidden />
      </button>
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

/** The same in one sheet, on phones. */
function MoreSheet({ job, onShare, onRemove, onClose }: ToolsProps & { onClose: () => void }) {
  return (
    <Sheet title={resultCopy.more} onClose={onClose}>
      <h2>{resultCopy.more}</h2>
      <div className="more-list" onClickCapture={(event) => closesSheet(event.target) && queueMicrotask(onClose)}>
        <Views job={job} words />
        <div className="views">
          <HeartButton job={job} words />
          <button type="button" className="btn quiet" data-closes onClick={() => fullViewStore.set(true)}>
            <Maximize2 className="i" aria-hidden />
            {resultCopy.full}
          </button>
          <button type="button" className="btn quiet" data-closes onClick={onShare}>
            <Link2 className="i" aria-hidden />
            {resultCopy.share}
          </button>
          <button type="button" className="btn quiet" data-closes onClick={onRemove}>
            <Trash2 className="i" aria-hidden />
            {resultCopy.remove}
          </button>
        </div>
        {job.fallback && (
          <>
            <h3 className="label">{resultCopy.provider}</h3>
            <ProviderNotes fallback={job.fallback} />
          </>
        )}
        <h3 className="label">{resultCopy.use}</h3>
        <UseList job={job} onDone={onClose} />
        <h3 className="label">{resultCopy.copy}</h3>
        <CopyList job={job} onDone={onClose} />
        <h3 className="label">{resultCopy.download}</h3>
        <DownloadForm job={job} onDone={onClose} />
      </div>
    </Sheet>
  )
}

function closesSheet(target: EventTarget): boolean {
  return target instanceof Element && target.closest('[data-closes]') !== null
}

/** F marks, V shows it over the window, Delete deletes; off while typing or when single keys are. */
function useKeys(job: JobView, done: boolean, onRemove: () => void): void {
  useEffect(() => {
    const listening = new AbortController()
    const onKey = (event: KeyboardEvent) => {
      const { key, ctrlKey, metaKey, altKey, target } = event
      if (!singleKeysStore.get() || ctrlKey || metaKey || altKey || isTyping(target)) return
      if (document.querySelector('dialog[open]')) return
      const pressed = key.toLowerCase()
      if (pressed === 'v') fullViewStore.set(true)
      else if (done && pressed === 'f') void setFavourite(job, !job.favourite)
      else if (done && key === 'Delete') onRemove()
    }
    window.addEventListener('keydown', onKey, { signal: listening.signal })
    return () => listening.abort()
  }, [job, done, onRemove])
}

/** Everything that can be done with a result besides the three verbs under it; while it is made, looking closely. */
export function StageTools({ state, job }: { state: CanvasState; job: JobView }) {
  const navigate = useNavigate()
  const [sharing, setSharing] = useState(false)
  const more = useStore(moreStore)
  const done = state.kind === 'done'
  const onRemove = () =>
    void removeJob(job, {
      gone: () => void navigate({ to: '/studio', search: ({ job: _gone, ...now }) => now, replace: true }),
      back: () => void navigate({ to: '/studio', search: (now) => ({ ...now, job: job.id }) }),
    })
  useKeys(job, done, onRemove)
  const tools = { job, onShare: () => setSharing(true), onRemove }
  return (
    <div className="right tools" role="toolbar" aria-label={resultCopy.tools}>
      {done ? (
        <Row {...tools} />
      ) : (
        <>
          {!isOver(job.status) && <TellMe jobId={job.id} />}
          {jobPictures(job).before && <FullButton />}
        </>
      )}
      {more && done && <MoreSheet {...tools} onClose={() => moreStore.set(false)} />}
      {sharing && (
        <Suspense>
          <ShareSheet jobId={job.id} onClose={() => setSharing(false)} />
        </Suspense>
      )}
    </div>
  )
}
