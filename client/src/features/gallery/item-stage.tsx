import { CircleX } from 'lucide-react'
import { useCallback, useEffect, useState } from 'react'
import type { GalleryCard } from '#shared/gallery/schema.ts'
import type { JobView } from '#shared/jobs/schema.ts'
import { failures, returned } from '#client/app/copy-state.ts'
import { copyGallery } from '#client/app/copy-gallery.ts'
import { useDecoded } from '#client/lib/use-decoded.ts'

const copy = copyGallery.item

/** The image as large as there is room: its preview at once, the whole of it as soon as it is decoded. */
export function Picture({
  job,
  onLook,
  onAgain,
}: {
  job: JobView
  onLook: () => void
  onAgain: () => Promise<unknown>
}) {
  const [tries, setTries] = useState(0)
  const full = job.outputs.find(({ kind }) => kind === 'output')
  const preview = job.outputs.find(({ kind }) => kind === 'preview') ?? full
  const state = useDecoded(full?.url ?? null, tries)
  const small = useDecoded(preview?.url ?? null, tries)
  const broken = state === 'broken' && small === 'broken'
  const again = useCallback(() => {
    void onAgain().then(() => setTries((count) => count + 1))
  }, [onAgain])
  // Its address may have ended while the page was open: asked for anew once, before it is said.
  useEffect(() => {
    if (broken && tries === 0) again()
  }, [broken, tries, again])
  if (broken && tries > 0) {
    return (
      <div className="blank" role="alert">
        <p>{copy.failed}</p>
        <button type="button" className="btn" onClick={again}>
          {copyGallery.again}
        </button>
      </div>
    )
  }
  const shown = state === 'ready' ? full : preview
  if (!shown || !full) return <p className="hint">{copy.failed}</p>
  return (
    <button type="button" className="picture-button" aria-label={copy.look} onClick={onLook}>
      <img src={shown.url} alt={job.prompt || copy.asBase} width={full.width} height={full.height} />
    </button>
  )
}

/** Why there is no image, and what came back. */
export function FailedPlate({ job }: { job: JobView }) {
  return (
    <div className="blank">
      <p className="word bad">
        <CircleX className="i" aria-hidden />
        {copyGallery.failedAt(job.step)}
      </p>
      <p>{failures[job.errorCode ?? 'INTERNAL']}</p>
      <p>{returned(job.purse, job.returned)}</p>
    </div>
  )
}

/** What is left of a deleted one, and the way back; `trashed` is null once it is erased for good. */
export function GonePlate({ trashed, onRestore }: { trashed: GalleryCard | null; onRestore: () => void }) {
  if (!trashed) {
    return (
      <div className="blank">
        <h1>{copy.erasedTitle}</h1>
        <p>{copy.erasedMore}</p>
      </div>
    )
  }
  return (
    <div className="blank">
      {trashed.thumb && <img className="ghost" src={trashed.thumb.url} alt={trashed.prompt || copy.here} />}
      <h1>{copy.deletedTitle}</h1>
      <p>{trashed.until ? copy.deletedUntil(trashed.until) : copy.deletedMore}</p>
      <button type="button" className="btn" onClick={onRestore}>
        {copy.restore}
      </button>
    </div>
  )
}
