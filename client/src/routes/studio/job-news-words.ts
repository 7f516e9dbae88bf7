import type { JobView } from '#shared/jobs/schema.ts'
import { copyState, failures, returned } from '#client/app/copy-state.ts'
import { noWorkerWords, queuedWords } from '#client/features/live/core/wait-words.ts'
import type { CanvasState } from '#client/features/live/core/canvas.ts'

function told({ big, soft }: { big: string; soft: string | null }): string {
  return soft === null ? `${big}.` : `${big}, ${soft}.`
}

/** What the live region says of a state; empty for what is seen to happen under one's own hands. */
export function sentence(state: CanvasState, job: JobView | null): string {
  switch (state.kind) {
    case 'queued':
      return told(queuedWords(state))
    case 'no-worker':
      return told(noWorkerWords(state.startingMs))
    case 'starting':
      return copyState.starting
    case 'running':
      return `${copyState.step} ${state.step} ${copyState.of} ${state.steps}`
    case 'saving':
      return copyState.saving
    case 'done':
      return copyState.done
    case 'failed':
      return `${copyState.failed}. ${failures[state.code]} ${job ? returned(job.purse, job.returned) : ''}`
    case 'canceled':
      return `${copyState.canceledAt(state.step)}. ${job ? returned(job.purse, job.returned) : ''}`
    case 'deleted':
      return `${copyState.deleted}. ${copyState.deletedMore}`
    case 'idle':
    case 'looking':
    case 'preparing':
    case 'ready':
    case 'uploading':
    case 'creating':
    case 'stopping':
    case 'opening':
      return ''
  }
}
