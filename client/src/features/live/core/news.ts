import type { CanvasState } from './canvas.ts'

/** What the permanent live region is told. Not every step: a listener hears quarters, and every change of kind. */
export type News = { kind: CanvasState['kind']; quarter: number }

export function newsOf(state: CanvasState): News {
  const quarter = state.kind === 'running' && state.steps > 0 ? Math.floor((state.step / state.steps) * 4) : 0
  return { kind: state.kind, quarter }
}

/** Whether the change is worth a sentence: another kind, or another quarter of the steps. */
export function isNews(before: News | null, after: News): boolean {
  return before === null || before.kind !== after.kind || before.quarter !== after.quarter
}
