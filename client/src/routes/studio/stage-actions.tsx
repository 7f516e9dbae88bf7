import { Brush as BrushIcon, CornerDownRight, Download, Ellipsis } from 'lucide-react'
import type { InputRole } from '#shared/jobs/rules.ts'
import type { JobView, QuoteView } from '#shared/jobs/schema.ts'
import { copy } from '#client/app/copy.ts'
import { copyState } from '#client/app/copy-state.ts'
import type { CanvasState } from '#client/features/live/core/canvas.ts'
import { cancelReturns } from '#client/features/live/core/money.ts'
import { moreStore } from '#client/features/live/result/view.ts'
import { stopPress } from './press-store.ts'

type StageActionsProps = {
  state: CanvasState
  job: JobView | null
  one: QuoteView | null
  four: QuoteView | null
  busy: boolean
  downloading: boolean
  onCancel: () => void
  onAgain: (count: 1 | 4) => void
  onDownload: () => void
  /** What the result can become on the bench. */
  role: InputRole
  onBase: () => void
  /** Back to the mask that the job was painted with; null for other modes. */
  onMask: (() => void) | null
}

/** A verb with its price; it stays a verb without a button when the purse cannot pay. */
function Priced({
  label,
  quote,
  busy,
  onPress,
}: {
  label: string
  quote: QuoteView | null
  busy: boolean
  onPress: () => void
}) {
  const price = quote && !quote.refusal ? copy.generate.onButton(quote.purse, quote.price) : null
  return (
    <button type="button" className="btn" data-once disabled={busy || price === null} onClick={onPress}>
      {label}
      {price && <span className={quote?.purse === 'credits' ? 'credit' : 'soft'}>{price}</span>}
    </button>
  )
}

function BackToMask({ onMask }: Pick<StageActionsProps, 'onMask'>) {
  if (!onMask) return null
  return (
    <button
      type="button"
      className="btn quiet"
      aria-label={copy.result.toMask}
      title={copy.result.toMask}
      onClick={onMask}
    >
      <BrushIcon className="i" aria-hidden />
      <span className="only-desk">{copy.result.toMask}</span>
    </button>
  )
}

async function bringBack(job: JobView): Promise<void> {
  const { restoreJob } = await import('./job-actions.ts')
  await restoreJob(job.id)
}

/** On desks all of it stands at the foot of the stage. */
function MoreButton() {
  return (
    <button type="button" className="icon only-phone" aria-label={copy.result.more} onClick={() => moreStore.set(true)}>
      <Ellipsis className="i" aria-hidden />
    </button>
  )
}

/** What can be done about the job on the canvas, with the money beside the verb. */
export function StageActions(props: StageActionsProps) {
  const { state, job, one, four, busy } = props
  switch (state.kind) {
    case 'uploading':
      if (!busy) return null
      return (
        <button type="button" className="btn" onClick={stopPress}>
          {copyState.stopSending}
        </button>
      )
    case 'queued':
    case 'no-worker':
    case 'starting':
    case 'running':
      if (state.kind === 'running' && !state.cancelable) {
        return (
          <>
            <span className="hint">
              <span className="only-desk">{copyState.tooLate}</span>
              <span className="only-phone">{copyState.tooLateShort}</span>
            </span>
            <MoreButton />
          </>
        )
      }
      return (
        <>
          <button type="button" className="btn" onClick={props.onCancel}>
            {copyState.cancel}
            {job && <span className="soft">{cancelReturns(job)}</span>}
          </button>
          <MoreButton />
        </>
      )
    case 'done':
      return (
        <div className="actions">
          <button type="button" className="btn" disabled={props.downloading} onClick={props.onDownload}>
            <Download className="i" aria-hidden />
            {props.downloading ? copy.result.downloading : copy.result.download}
          </button>
          <Priced label={copy.result.variations} quote={four} busy={busy} onPress={() => props.onAgain(4)} />
          <button
            type="button"
            className="btn quiet only-desk"
            aria-label={copy.result.use[props.role]}
            title={copy.result.use[props.role]}
            onClick={props.onBase}
          >
            <CornerDownRight className="i" aria-hidden />
            <span className="only-desk">{copy.result.use[props.role]}</span>
          </button>
          <BackToMask onMask={props.onMask} />
          <MoreButton />
        </div>
      )
    case 'failed':
    case 'canceled':
      return (
        <div className="actions">
          <Priced
            label={state.kind === 'failed' ? copyState.retry : copyState.again}
            quote={one}
            busy={busy}
            onPress={() => props.onAgain(1)}
          />
          <BackToMask onMask={props.onMask} />
        </div>
      )
    case 'deleted':
      return (
        <button type="button" className="btn" onClick={() => job && void bringBack(job)}>
          {copyState.bringBack}
        </button>
      )
    case 'idle':
    case 'looking':
    case 'preparing':
    case 'ready':
    case 'creating':
    case 'saving':
    case 'stopping':
    case 'opening':
      return null
  }
}
