import { Download, Heart, Maximize, Share2, Trash2 } from 'lucide-react'
import type { LucideIcon } from 'lucide-react'
import { Suspense, useState } from 'react'
import type { ReactNode } from 'react'
import type { JobView } from '#shared/jobs/schema.ts'
import { copyGallery } from '#client/app/copy-gallery.ts'
import { notice } from '#client/app/notice.ts'
import { api } from '#client/lib/api.ts'
import { late } from '#client/lib/late.ts'
import { saveFile } from './studio/save-file.ts'

const ShareSheet = late(async () => (await import('#client/features/share/share-sheet.tsx')).ShareSheet)

async function download(id: string): Promise<void> {
  const [file] = await api.gallery.download.query({ ids: [id] }).catch(() => [])
  if (!file || !(await saveFile(file.url, file.name))) notice(copyGallery.broken)
}

type ToolProps = { label: string; icon: LucideIcon; pressed?: boolean; onPress: () => void }

function Tool({ label, icon: Icon, pressed, onPress }: ToolProps) {
  return (
    <button type="button" className="icon" aria-label={label} title={label} aria-pressed={pressed} onClick={onPress}>
      <Icon className="i" aria-hidden />
    </button>
  )
}

type ItemBarProps = {
  job: JobView
  favourite: boolean
  back: ReactNode
  onFavourite: () => void
  onLook: () => void
  onRemove: () => void
}

/** What can be done with the image of this page. */
export function ItemBar({ job, favourite, back, onFavourite, onLook, onRemove }: ItemBarProps) {
  const [sharing, setSharing] = useState(false)
  const there = job.outputs.some(({ kind }) => kind === 'output')
  const mark = favourite ? copyGallery.unmark : copyGallery.mark
  return (
    <div className="item-bar">
      {back}
      {there && (
        <>
          <Tool label={mark} icon={Heart} pressed={favourite} onPress={onFavourite} />
          <Tool label={copyGallery.download} icon={Download} onPress={() => void download(job.id)} />
          <Tool label={copyGallery.item.share} icon={Share2} onPress={() => setSharing(true)} />
          <Tool label={copyGallery.item.look} icon={Maximize} onPress={onLook} />
        </>
      )}
      {!job.deleted && <Tool label={copyGallery.remove} icon={Trash2} onPress={onRemove} />}
      {sharing && (
        <Suspense>
          <ShareSheet jobId={job.id} onClose={() => setSharing(false)} />
        </Suspense>
      )}
    </div>
  )
}
