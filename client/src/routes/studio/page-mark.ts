import type { JobView } from '#shared/jobs/schema.ts'
import type { CanvasState } from '#client/features/live/core/canvas.ts'
import { heatColour } from '#client/features/live/core/heat.ts'
import { copy } from '#client/app/copy.ts'

export type PageMark = { title: string; heat: string | null }

/** How far work is that is not on the canvas: the furthest of it, for a tab whose canvas has nothing to tell. */
function elsewhere(open: readonly Work[]): PageMark | null {
  if (open.length === 0) return null
  const running = open.filter((job) => job.status === 'running')
  if (running.length === 0) return { title: copy.title.queued, heat: heatColour(1 / 6) }
  const share = Math.max(...running.map(({ step, steps }) => (steps > 0 ? step / steps : 0)))
  return { title: copy.title.running(Math.round(share * 100)), heat: heatColour(share) }
}

type Work = Pick<JobView, 'status' | 'step' | 'steps'>

/** Title and favicon heat of the tab: how far, done, failed; of the canvas, else of other work that is open. Pure. */
export function pageMark(state: CanvasState, open: readonly Work[] = []): PageMark {
  const mark = markOf(state)
  return (mark.heat === null ? elsewhere(open) : null) ?? mark
}

function markOf(state: CanvasState): PageMark {
  switch (state.kind) {
    case 'queued':
    case 'no-worker':
      return { title: copy.title.queued, heat: heatColour(1 / 6) }
    case 'starting':
      return { title: copy.title.running(0), heat: heatColour(1 / 6) }
    case 'running': {
      const share = state.steps > 0 ? state.step / state.steps : 0
      return { title: copy.title.running(Math.round(share * 100)), heat: heatColour(share) }
    }
    case 'saving':
    case 'opening':
      return { title: copy.title.running(100), heat: heatColour(1) }
    case 'done':
      return { title: copy.title.done, heat: '#86b9cf' }
    case 'failed':
      return { title: copy.title.failed, heat: '#ff5c7a' }
    case 'idle':
    case 'looking':
    case 'preparing':
    case 'ready':
    case 'uploading':
    case 'creating':
    case 'stopping':
    case 'canceled':
    case 'deleted':
      return { title: copy.title.idle, heat: null }
  }
}

function icon(heat: string): string {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><path fill="${heat}" d="M8 2h22v22l-6 6H2V8z"/><path fill="#0b0b0c" d="M9 8h14v4h-9v3h7v4h-7v6H9z"/></svg>`
  return `data:image/svg+xml,${encodeURIComponent(svg)}`
}

/** The tab of a page other than the studio. */
export function showPageTitle(title: string): void {
  showPageMark({ title, heat: null })
}

/** Writes a mark to the tab. */
export function showPageMark(mark: PageMark): void {
  if (document.title !== mark.title) document.title = mark.title
  const link = document.querySelector<HTMLLinkElement>('#favicon')
  const href = mark.heat === null ? '/favicon.svg' : icon(mark.heat)
  if (link && link.getAttribute('href') !== href) link.setAttribute('href', href)
}
