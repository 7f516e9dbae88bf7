import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { jobStages } from '#shared/jobs/rules.ts'
import { readTemplate } from '#worker/testing/templates.ts'
import type { ComfyMessage } from './messages.ts'
import { readProgress, startProgress, type ProgressState } from './read-progress.ts'

const { graph } = readTemplate('remix', 'dev')
const prompt_id = '6f1c0d2e-0000-4000-8000-000000000000'
const start = () => startProgress(graph, 'sampler', 28)
const play = (messages: ComfyMessage[], from: ProgressState = start()) => messages.reduce(readProgress, from)

const executing = (node: string | null): ComfyMessage => ({ type: 'executing', data: { node, prompt_id } })
const step = (value: number, max = 28): ComfyMessage => ({
  type: 'progress',
  data: { node: 'sampler', value, max, prompt_id },
})
const cached = (...nodes: string[]): ComfyMessage => ({ type: 'execution_cached', data: { nodes, prompt_id } })
const state = (nodes: Record<string, [number, number, string]>): ComfyMessage => ({
  type: 'progress_state',
  data: {
    prompt_id,
    nodes: Object.fromEntries(
      Object.entries(nodes).map(([id, [value, max, name]]) => [id, { value, max, state: name }]),
    ),
  },
})

describe('readProgress', () => {
  it('calls the time before the first step loading, also inside the sampler', () => {
    const loading = play([
      { type: 'execution_start', data: { prompt_id } },
      cached(),
      executing('unet'),
      executing('sampler'),
    ])

    expect(loading).toMatchObject({ stage: 'loading', step: 0, steps: 28 })
  })

  it('counts steps of the sampler and of no other node', () => {
    const sampling = play([
      executing('sampler'),
      step(7),
      { type: 'progress', data: { node: 'decode', value: 3, max: 3, prompt_id } },
    ])

    expect(sampling).toMatchObject({ stage: 'sampling', step: 7, steps: 28 })
  })

  it('reads steps from progress_state too, where a new node stands as 0 of 1 first', () => {
    expect(play([state({ sampler: [0, 1, 'running'] })])).toMatchObject({ step: 0, steps: 28 })
    expect(play([state({ sampler: [5, 28, 'running'] })])).toMatchObject({ stage: 'sampling', step: 5, steps: 28 })
  })

  it('decodes once a node after the sampler runs, with all steps done', () => {
    expect(play([step(28), executing('decode')])).toMatchObject({ stage: 'decoding', step: 28 })
  })

  it('calls a loader that only the decoder needs loading, since ComfyUI may run it first', () => {
    const textToImage = { ...graph, sampler: { class_type: 'KSampler', inputs: { model: ['unet', 0] } } }
    const fresh = startProgress(textToImage, 'sampler', 28)

    expect(play([executing('vae'), state({ vae: [1, 1, 'finished'] }), executing('unet')], fresh)).toMatchObject({
      stage: 'loading',
      step: 0,
    })
  })

  it('counts a cached sampler as done', () => {
    const after = play([cached(...Object.keys(graph).filter((id) => id !== 'out'))])

    expect(after).toMatchObject({ step: 28 })
    expect(after.progress).toBeGreaterThan(0.9)
  })

  it('takes a late message for what it is: nothing goes back', () => {
    const done = play([step(20), executing('decode')])

    expect(play([step(3), executing('unet'), state({ sampler: [3, 28, 'running'] })], done)).toMatchObject({
      stage: 'decoding',
      step: 28,
      progress: done.progress,
    })
  })

  it('ends at 1 when everything is finished', () => {
    const nodes = Object.fromEntries(
      Object.keys(graph).map((id) => [id, [1, 1, 'finished'] as [number, number, string]]),
    )

    expect(play([step(28), state(nodes)]).progress).toBeCloseTo(1)
  })

  it('never falls, in any order of any messages', () => {
    const node = fc.constantFrom(...Object.keys(graph))
    const message: fc.Arbitrary<ComfyMessage> = fc.oneof(
      node.map(executing),
      fc.integer({ min: 0, max: 28 }).map((value) => step(value)),
      fc.array(node).map((nodes) => cached(...nodes)),
      fc
        .tuple(node, fc.integer({ min: 0, max: 28 }), fc.constantFrom('running', 'finished'))
        .map(([id, value, name]) => state({ [id]: [value, 28, name] })),
    )
    fc.assert(
      fc.property(fc.array(message, { maxLength: 40 }), (messages) => {
        let held = start()
        for (const next of messages) {
          const moved = readProgress(held, next)
          expect(moved.step).toBeGreaterThanOrEqual(held.step)
          expect(moved.progress).toBeGreaterThanOrEqual(held.progress)
          expect(moved.progress).toBeLessThanOrEqual(1)
          expect(jobStages.indexOf(moved.stage)).toBeGreaterThanOrEqual(jobStages.indexOf(held.stage))
          expect(moved.step).toBeLessThanOrEqual(moved.steps)
          held = moved
        }
      }),
    )
  })

  it('returns the same object when a message changes nothing', () => {
    const held = play([step(4)])

    expect(readProgress(held, step(4))).toBe(held)
    expect(readProgress(held, { type: 'status', data: {} })).toBe(held)
  })
})
