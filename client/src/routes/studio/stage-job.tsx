import { lazy } from 'react'
import type { BenchImage } from '#client/features/bench/core/slots.ts'
import type { MaskDoc } from '#client/features/mask/core/doc.ts'
import { StageActions } from './stage-actions.tsx'
import { Stage } from './stage.tsx'
import type { StageEditor } from './stage.tsx'
import type { StudioStageProps } from './studio-stage.tsx'
import { useSilence } from './use-silence.ts'

const MaskEditor = lazy(async () => ({ default: (await import('#client/features/mask/mask-editor.tsx')).MaskEditor }))
const ZoomBar = lazy(async () => ({ default: (await import('#client/features/mask/zoom-bar.tsx')).ZoomBar }))

function editorOf(image: BenchImage | null, doc: MaskDoc | null): StageEditor {
  if (!image?.work || !doc) return null
  return {
    view: <MaskEditor key={image.key} doc={doc} imageKey={image.key} picture={image.work.blob} name={image.name} />,
    foot: <ZoomBar />,
    size: image.work.size,
  }
}

/** The middle of the studio once there is an image or a job, with what can be done there. */
export function StageJob(props: StudioStageProps) {
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
}
