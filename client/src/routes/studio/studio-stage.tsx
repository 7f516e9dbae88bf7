import { Upload } from 'lucide-react'
import { Suspense, memo, useEffect } from 'react'
import type { ReactNode } from 'react'
import type { JobView, QuoteView } from '#shared/jobs/schema.ts'
import type { ModeView } from '#shared/modes/schema.ts'
import { copy } from '#client/app/copy.ts'
import { expectsOwn } from '#client/app/follow-own.ts'
import { loadRefusals } from '#client/app/notice-refusal.ts'
import type { BenchImage } from '#client/features/bench/core/slots.ts'
import { restoredStore } from '#client/features/bench/draft-store.ts'
import { FileButton } from '#client/features/bench/file-button.tsx'
import type { HandedIn } from '#client/features/bench/intake.ts'
import type { CanvasState } from '#client/features/live/core/canvas.ts'
import { Idle } from '#client/features/live/stage/idle.tsx'
import type { Sample } from '#client/features/live/stage/idle.tsx'
import type { MaskDoc } from '#client/features/mask/core/doc.ts'
import { late } from '#client/lib/late.ts'
import { useStore } from '#client/lib/use-store.ts'
import { loadWhenQuiet } from '#client/lib/when-quiet.ts'

const loadJob = () => import('./stage-job.tsx')
const StageJob = late(async () => (await loadJob()).StageJob)

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

export type StudioStageProps = {
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

/** As the stage with an image is built, with nothing on it. */
function Bare({ children }: { children?: ReactNode }) {
  return (
    <main className="stage">
      <h1 className="sr">{copy.nav.studio}</h1>
      <div className="view">{children}</div>
      <div className="foot">
        <div className="facts">
          <span>{children ? copy.idle.foot : null}</span>
        </div>
      </div>
    </main>
  )
}

/** The middle of the studio. What is seen only with an image or a job comes late, and before it can be needed. */
export const StudioStage = memo(function StudioStage(props: StudioStageProps) {
  useEffect(() => {
    loadWhenQuiet(loadJob)
    loadWhenQuiet(loadRefusals)
  }, [])
  if (props.state.kind === 'idle') {
    return (
      <Bare>
        <Start mode={props.mode} on={props.on} />
      </Bare>
    )
  }
  return (
    <Suspense fallback={<Bare />}>
      <StageJob {...props} />
    </Suspense>
  )
})
