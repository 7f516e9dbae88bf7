import { useEffect, useRef, useState } from 'react'
import type { JobView } from '#shared/jobs/schema.ts'
import { copy, failures, returned } from '#client/app/copy.ts'
import { isNews, newsOf } from '#client/features/live/core/news.ts'
import type { News } from '#client/features/live/core/news.ts'
import { noWorkerWords, queuedWords } from '#client/features/live/core/wait-words.ts'
import type { CanvasState } from '#client/features/live/core/canvas.ts'

function told({ big, soft }: { big: string; soft: string | null }): string {
  return soft === null ? `${big}.` : `${big}, ${soft}.`
}

function sentence(state: CanvasState, job: JobView | null): string {
  switch (state.kind) {
    case 'queued':
      return told(queuedWords(state))
    case 'no-worker':
      return told(noWorkerWords(state.startingMs))
    case 'starting':
      return copy.state.starting
    case 'running':
      return `${copy.state.step} ${state.step} ${copy.state.of} ${state.steps}`
    case 'saving':
      return copy.state.saving
    case 'done':
      return copy.state.done
    case 'failed':
      return `${copy.state.failed}. ${failures[state.code]} ${job ? returned(job.purse, job.returned) : ''}`
    case 'canceled':
      return `${copy.state.canceledAt(state.step)}. ${job ? returned(job.purse, job.returned) : ''}`
    case 'deleted':
      return `${copy.state.deleted}. ${copy.state.deletedMore}`
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

/** The permanent live region for job news. Says changes of kind and quarters of the steps, not every step. */
export function JobNews({ state, job }: { state: CanvasState; job: JobView | null }) {
  const [text, setText] = useState('')
  const told = useRef<News | null>(null)
  useEffect(() => {
    const news = newsOf(state)
    if (!isNews(told.current, news)) return
    told.current = news
    setText(sentence(state, job))
  }, [state, job])
  return (
    <output aria-live="polite" className="sr" data-testid="job-news">
      {text}
    </output>
  )
}
