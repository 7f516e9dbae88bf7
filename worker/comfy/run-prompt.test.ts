import { describe, expect, it, vi } from 'vitest'
import { startProgress } from '#worker/core/read-progress.ts'
import { watchTimes } from '#worker/core/watch-rule.ts'
import { fakeHttp, fakeSocket } from '#worker/testing/fake-comfy.ts'
import type { ComfyJob } from './answers.ts'
import type { ComfyHttp } from './http.ts'
import { runPrompt, type PromptRun } from './run-prompt.ts'

const never = new AbortController().signal
const prompt_id = '6f1c0d2e-0000-5000-8000-000000000000'
const image = { filename: 'a.png', subfolder: '', type: 'temp' }
const graph = {
  sampler: { class_type: 'KSampler', inputs: {} },
  out: { class_type: 'PreviewImage', inputs: { images: ['sampler', 0] } },
}
const done: ComfyJob = { status: 'completed', outputs: { out: { images: [image] } } }
const times = { ...watchTimes, pollMs: 5, lagMs: 500, awayMs: 50 }

function start(calls: Partial<ComfyHttp>, overrides: Partial<PromptRun> = {}) {
  const socket = fakeSocket()
  const onProgress = vi.fn()
  const outcome = runPrompt(
    {
      http: fakeHttp({ submit: async () => null, ...calls }),
      socket: socket.socket,
      promptId: prompt_id,
      graph,
      output: 'out',
      start: startProgress(graph, 'sampler', 4),
      times,
      pulse: { restingMs: async () => null },
      onProgress,
      onPreview() {},
      ...overrides,
    },
    never,
  )
  return { outcome, onProgress, ...socket }
}

describe('runPrompt', () => {
  it('pitfall 4: neither "executed" nor every node being finished ends a prompt, nor does the closing null', async () => {
    let job: ComfyJob = { status: 'in_progress' }
    const run = start({ job: async () => job })
    const ended = vi.fn()
    void run.outcome.then(ended)
    await vi.waitFor(() => expect(run.onProgress).not.toHaveBeenCalled())

    const finished = { value: 1, max: 1, state: 'finished' }
    run.say({ type: 'executed', data: { prompt_id, node: 'out' } })
    run.say({ type: 'progress_state', data: { prompt_id, nodes: { sampler: finished, out: finished } } })
    run.say({ type: 'executing', data: { node: null, prompt_id } })
    await new Promise((resolve) => setTimeout(resolve, 30))
    expect(ended).not.toHaveBeenCalled()

    job = done
    expect(await run.outcome).toMatchObject({ kind: 'done', image })
  })

  it('pitfall 5: outputs that are listed late are waited for, those of another node are not taken', async () => {
    const history = async () => ({ out: [image] })
    const other: ComfyJob = { status: 'completed', outputs: { sampler: { images: [{ ...image, filename: 'b.png' }] } } }
    const run = start({ job: async () => other, history })

    expect(await run.outcome).toMatchObject({ kind: 'done', image })
  })

  it.each([
    ['cancelled', {}, { code: 'ENGINE_ERROR', retry: true, message: 'interrupted by somebody else' }],
    [
      'failed',
      { execution_error: { node_type: 'KSampler', exception_type: 'ValueError', exception_message: 'secret' } },
      { code: 'ENGINE_ERROR', retry: true, message: 'KSampler: ValueError' },
    ],
  ] as const)('pitfall 10: the job says %s, where history calls both an error', async (status, rest, failure) => {
    const { outcome } = start({ job: async () => ({ status, ...rest }) })

    await expect(outcome).rejects.toMatchObject(failure)
  })

  it('pitfall 20: one 404 may be chance, two say that ComfyUI lost the prompt', async () => {
    const answers: (ComfyJob | null)[] = [null, { status: 'in_progress' }, null, done]
    expect(await start({ job: async () => answers.shift() ?? null }).outcome).toMatchObject({ kind: 'done' })

    expect(await start({ job: async () => null }).outcome).toEqual({ kind: 'lost' })
  })

  it('takes messages about other prompts for none of its own', async () => {
    const answers: ComfyJob[] = [{ status: 'in_progress' }]
    const run = start({ job: async () => answers.shift() ?? done })
    run.say({ type: 'progress', data: { prompt_id: 'other', node: 'sampler', value: 3, max: 4 } })

    await run.outcome
    expect(run.onProgress).not.toHaveBeenCalled()
  })

  it('A08 ends a prompt whose ComfyUI says that it runs and does nothing at all, long before a load may take', async () => {
    const resting = { times: { ...times, restMs: 40 }, pulse: { restingMs: async () => 60_000 } }

    const { outcome } = start({ job: async () => ({ status: 'in_progress' }) }, resting)

    await expect(outcome).rejects.toMatchObject({ fault: 'engine-dead', rule: { remedy: 'restart-engine' } })
  })

  it('does not count the time that a prompt waits behind another', async () => {
    const answers: ComfyJob[] = Array.from({ length: 20 }, () => ({ status: 'pending' }))
    const resting = { times: { ...times, restMs: 40, stepMs: 40 }, pulse: { restingMs: async () => 60_000 } }

    const { outcome } = start({ job: async () => answers.shift() ?? done }, resting)

    expect(await outcome).toMatchObject({ kind: 'done' })
  })
})
