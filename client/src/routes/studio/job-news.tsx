import { useEffect, useRef, useState } from 'react'
import type { JobView } from '#shared/jobs/schema.ts'
import { isNews, newsOf } from '#client/features/live/core/news.ts'
import type { News } from '#client/features/live/core/news.ts'
import type { CanvasState } from '#client/features/live/core/canvas.ts'

/** The permanent live region for job news. Says changes of kind and quarters of the steps, not every step. */
export function JobNews({ state, job }: { state: CanvasState; job: JobView | null }) {
  const [text, setText] = useState('')
  const told = useRef<News | null>(null)
  useEffect(() => {
    const news = newsOf(state)
    if (!isNews(told.current, news)) return
    told.current = news
    void import('./job-news-words.ts')
      .then(({ sentence }) => told.current === news && setText(sentence(state, job)))
      .catch(() => undefined)
  }, [state, job])
  return (
    <output aria-live="polite" className="sr" data-testid="job-news">
      {text}
    </output>
  )
}
