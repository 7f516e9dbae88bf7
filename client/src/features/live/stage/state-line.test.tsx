// @vitest-environment happy-dom
import { renderToStaticMarkup } from 'react-dom/server'
import { expect, test } from 'vitest'
import { makeJob } from '#client/testing/jobs.ts'
import type { CanvasState } from '../core/canvas.ts'
import { StateLine } from './state-line.tsx'

function textOf(state: CanvasState, job = makeJob()): string {
  const place = document.createElement('div')
  place.innerHTML = renderToStaticMarkup(<StateLine state={state} job={job} actions={null} silentFor={null} />)
  return place.textContent.replaceAll(/\s+/g, ' ').trim()
}

const unknown = { etaMs: null, p90Ms: null, late: false }

test('the line says place and wait', () => {
  const wait = { ...unknown, etaMs: 40_000 }

  expect(textOf({ kind: 'queued', ahead: 2, wait })).toBe('3rd in lineabout 40 s')
  expect(textOf({ kind: 'queued', ahead: 0, wait: unknown })).toBe('Next in line')
})

test('no worker is said with what becomes of it', () => {
  expect(textOf({ kind: 'no-worker', startingMs: 90_000 })).toBe('No worker onlinestarting one, about 90 s')
})

test('the strip has one cell a step', () => {
  const markup = renderToStaticMarkup(
    <StateLine
      state={{ kind: 'running', step: 14, steps: 28, wait: unknown, cancelable: true }}
      job={makeJob()}
      actions={null}
      silentFor={null}
    />,
  )

  expect(markup.match(/<i[ >]/g)).toHaveLength(28)
  expect(markup).toContain('aria-valuenow="14"')
})

test('a failure says why and what came back', () => {
  const job = makeJob({ purse: 'credits', returned: 2 })

  expect(textOf({ kind: 'failed', step: 12, code: 'WORKER_LOST' }, job)).toBe(
    'Failed at step 12The worker went away. 2 credits returned.',
  )
})
