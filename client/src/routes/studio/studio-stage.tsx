import { Upload } from 'lucide-react'
import { lazy, memo } from 'react'
import type { JobView, QuoteView } from '#shared/jobs/schema.ts'
import type { ModeView } from '#shared/modes/schema.ts'
import { copy } from '#client/app/copy.ts'
import { expectsOwn } from '#client/app/follow-own.ts'
import type { BenchImage } from '#client/features/bench/core/slots.ts'
import { restoredStore } from '#client/features/bench/draft-store.ts'
import { FileButton } from '#client/features/bench/file-button.tsx'
import type { HandedIn } from '#client/features/bench/intake.ts'
import type { CanvasState } from '#client/features/live/core/canvas.ts'
import { Idle } from '#client/features/live/stage/idle.tsx'
import type { Sample } from '#client/features/live/stage/idle.tsx'
import type { MaskDoc } from '#client/features/mask/core/doc.ts'
import { useStore } from '#client/lib/use-store.ts'
import { StageActions } from './stage-actions.tsx'
import { Stage } from './stage.tsx'
import type { StageEditor } from './stage.tsx'
import { useSilence } from './use-silence.ts'

const MaskEditor = lazy(async () => ({ default: (await import('#client/features/mask/mask-editor.tsx')).MaskEditor }))
const ZoomBar = lazy(async () => ({ default: (await import('#client/features/mask/zoom-bar.tsx')).ZoomBar }))

export type StageHandlers = {
  take: (files: readonly HandedIn[]) => void
  sample: (sample: Sample) => void
  paste: () => void
  cancel: (job: JobView) => void
  /** One more of it, or four with other seeds. */
  again: (job: JobView, count: number) => void
  download: (job: JobView) => void
  base: (job: JobView) => void
  bench: () => void
}

type StudioStageProps = {
  mode: ModeView
  state: CanvasState
  job: JobView | null
  fresh: boolean
  image: BenchImage | null
  /** The mask on the work image, once both are there. */
  doc: MaskDoc | null
  one: QuoteView | null
  four: QuoteView | null
  /** A press is under way. */
  busy: boolean
  downloading: boolean
  on: StageHandlers
}

function editorOf(image: BenchImage | null, doc: MaskDoc | null): StageEditor {
  if (!image?.work || !doc) return null
  return {
    view: <MaskEditor key={image.key} doc={doc} imageKey={image.key} picture={image.work.blob} name={image.name} />,
    foot: <ZoomBar />,
    size: image.work.size,
  }
}

/** What is shown before there is an image; whoever left some here sees nothing until they are back. */
function Start({ mode, on }: Pick<StudioStageProps, 'mode' | 'on'>) {
  const restored = useStore(restoredStore)
  if (!restored && expectsOwn()) return null
  return (
    <Idle
      name={mode.key}
      mode={mode.inputs[0]?.min === 0 ? 'words' : mode.mask ? 'mask' : 'image'}
      dials={mode.sliders}
      onSample={on.sample}
      onPaste={on.paste}
      choose={
        <FileButton className="btn" multiple onFiles={on.take}>
          <Upload className="i" aria-hidden />
          {copy.idle.choose}
        </FileButton>
      }
    />
  )
}

/** The middle of the studio, with what can be done there. */
export const StudioStage = memo(function StudioStage(props: StudioStageProps) {
  const { mode, state, job, fresh, image, doc, one, four, busy, downloading, on } = props
  const silentFor = useSilence(job)
  return (
    <Stage
      state={state}
      job={job}
      image={image}
      editor={editorOf(image, doc)}
      fresh={fresh}
      silentFor={silentFor}
      idle={<Start mode={mode} on={on} />}
      actions={
        <StageActions
          state={state}
          job={job}
          one={one}
          four={four}
          busy={busy}
          downloading={downloading}
          onCancel={() => job && on.cancel(job)}
          onAgain={(count) => job && on.again(job, count)}
          onDownload={() => job && on.download(job)}
          role={mode.inputs[0]?.role ?? 'base'}
          onBase={() => job && on.base(job)}
          onMask={job?.mask && mode.mask && doc ? on.bench : null}
        />
      }
    />
  )
})
