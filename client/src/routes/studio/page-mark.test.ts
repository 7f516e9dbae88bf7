import { expect, test } from 'vitest'
import { pageMark } from './page-mark.ts'

const running = { status: 'running', step: 14, steps: 28 } as const
const queued = { status: 'queued', step: 0, steps: 28 } as const
const wait = { etaMs: null, p90Ms: null, late: false }

test('the tab tells what is on the canvas before anything else', () => {
  expect(pageMark({ kind: 'running', step: 7, steps: 28, wait, cancelable: true }, [running]).title).toBe(
    '(25%) The Forge',
  )
  expect(pageMark({ kind: 'done', tookMs: null }, [running]).title).toBe('✓ Done, The Forge')
})

test('with nothing to tell of its canvas it tells the furthest of the other work', () => {
  expect(pageMark({ kind: 'ready' }, [queued, running]).title).toBe('(50%) The Forge')
  expect(pageMark({ kind: 'idle' }, [queued]).title).toBe('(queued) The Forge')
  expect(pageMark({ kind: 'idle' })).toEqual({ title: 'The Forge', heat: null })
})
