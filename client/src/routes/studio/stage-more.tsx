import { Link2, Maximize2, Trash2 } from 'lucide-react'
import type { JobView } from '#shared/jobs/schema.ts'
import { resultCopy } from '#client/app/copy-result.ts'
import { copy } from '#client/app/copy.ts'
import { Sheet } from '#client/components/ui/sheet.tsx'
import { fullViewStore } from '#client/features/live/result/view.ts'
import { TellForm } from '#client/features/live/tell/tell-me.tsx'
import { CopyList, DownloadForm, UseList } from './stage-menus.tsx'
import { HeartButton, ProviderNotes, Views } from './stage-tool-row.tsx'
import type { ToolsProps } from './stage-tool-row.tsx'

/** Closes the sheet first, so that what opens next finds the page free. */
function after(onClose: () => void, act: () => void): () => void {
  return () => {
    onClose()
    act()
  }
}

/** Everything that can be done with a result in one sheet, on phones. */
export function MoreSheet({ job, onShare, onRemove, onClose }: ToolsProps & { onClose: () => void }) {
  return (
    <Sheet title={resultCopy.more} onClose={onClose}>
      <h2>{resultCopy.more}</h2>
      <div className="more-list">
        <Views job={job} onDone={onClose} />
        <div className="views">
          <HeartButton job={job} words />
          <button type="button" className="btn quiet" onClick={after(onClose, () => fullViewStore.set(true))}>
            <Maximize2 className="i" aria-hidden />
            {resultCopy.full}
          </button>
          <button type="button" className="btn quiet" onClick={after(onClose, onShare)}>
            <Link2 className="i" aria-hidden />
            {resultCopy.share}
          </button>
          <button type="button" className="btn quiet" onClick={after(onClose, onRemove)}>
            <Trash2 className="i" aria-hidden />
            {resultCopy.remove}
          </button>
        </div>
        {job.smaller && <p>{copy.result.smaller[job.smaller]}</p>}
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

/** What can be done while it is made, on phones. */
export function WaitSheet({ job, onShare, onClose }: { job: JobView; onShare: () => void; onClose: () => void }) {
  return (
    <Sheet title={resultCopy.more} onClose={onClose}>
      <h2>{resultCopy.more}</h2>
      <TellForm jobId={job.id} />
      <button type="button" className="btn" onClick={after(onClose, () => fullViewStore.set(true))}>
        <Maximize2 className="i" aria-hidden />
        {resultCopy.full}
      </button>
      <button type="button" className="btn" onClick={after(onClose, onShare)}>
        <Link2 className="i" aria-hidden />
        {resultCopy.share}
      </button>
    </Sheet>
  )
}
