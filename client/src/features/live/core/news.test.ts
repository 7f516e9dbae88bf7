import { expect, test } from 'vitest'
import { isNews, newsOf } from './news.ts'
import type { CanvasState } from './canvas.ts'

function running(step: number): CanvasState {
  return { kind: 'running', step, steps: 28, wait: { etaMs: null, p90Ms: null, late: false }, cancelable: true }
}

test('a listener hears quarters and changes of kind, not every step', () => {
  expect(isNews(newsOf(running(1)), newsOf(running(2)))).toBe(false)
  expect(isNews(newsOf(running(6)), newsOf(running(7)))).toBe(true)
  expect(isNews(newsOf(running(27)), newsOf({ kind: 'saving' }))).toBe(true)
  expect(isNews(null, newsOf(running(1)))).toBe(true)
})
