import { expect, test } from 'vitest'
import { lookAgainIn, looks, stageWords, stripMode } from './core.ts'

test('a page looks again often while its image is made, and seldom once it is there', () => {
  expect(lookAgainIn({ status: 'running' }, false)).toBe(looks.running)
  expect(lookAgainIn({ status: 'queued' }, false)).toBe(looks.queued)
  expect(lookAgainIn({ status: 'succeeded' }, false)).toBe(looks.done)
  expect(lookAgainIn(undefined, false)).toBe(false)
})

test('a page that was refused for looking too often waits longer', () => {
  expect(lookAgainIn({ status: 'running' }, true)).toBe(looks.refused)
})

test('each stage has its words', () => {
  const at = { status: 'running', step: 3, steps: 28 } as const

  expect(stageWords({ ...at, status: 'queued', stage: 'waiting' })).toBe('In the queue')
  expect(stageWords({ ...at, stage: 'loading' })).toBe('Loading the model')
  expect(stageWords({ ...at, stage: 'sampling' })).toBe('Step 3 of 28')
  expect(stageWords({ ...at, stage: 'decoding' })).toBe('Saving the full size')
})

test('the strip is empty until the first step and full from the last on', () => {
  expect(stripMode({ status: 'queued', stage: 'waiting' })).toBe('waiting')
  expect(stripMode({ status: 'running', stage: 'loading' })).toBe('waiting')
  expect(stripMode({ status: 'running', stage: 'sampling' })).toBe('working')
  expect(stripMode({ status: 'running', stage: 'saving' })).toBe('full')
})
