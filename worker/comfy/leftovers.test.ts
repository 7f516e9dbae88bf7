import { describe, expect, it, vi } from 'vitest'
import { JobFailure } from '#worker/core/job-failure.ts'
import { fakeHttp } from '#worker/testing/fake-comfy.ts'
import type { ComfyJob } from './answers.ts'
import { createLeftovers } from './leftovers.ts'

const never = new AbortController().signal
const running: ComfyJob = { status: 'in_progress' }

function leftoversOf(job: () => ComfyJob | null) {
  const forget = vi.fn(async () => {})
  return { leftovers: createLeftovers(fakeHttp({ job: async () => job(), forget }), 200), forget }
}

describe('createLeftovers', () => {
  it('asks nothing while there are none', async () => {
    const leftovers = createLeftovers(fakeHttp({}))

    expect(await leftovers.check(never)).toBe('free')
  })

  it('pitfall 10: waits for a prompt that was cancelled in its last node, and forgets its entry', async () => {
    const answers: ComfyJob[] = [running, running, { status: 'completed' }]
    const { leftovers, forget } = leftoversOf(() => answers.shift() ?? null)
    leftovers.add('a', 60_000)

    expect(await leftovers.check(never)).toBe('free')
    expect(forget).toHaveBeenCalledExactlyOnceWith('a', never)
  })

  it('has nothing to forget of one that was cancelled while queued, or lost in a restart', async () => {
    const { leftovers, forget } = leftoversOf(() => null)
    leftovers.add('a', 60_000)

    expect(await leftovers.check(never)).toBe('free')
    expect(forget).not.toHaveBeenCalled()
  })

  it('calls ComfyUI busy with one that goes on, and stuck when its patience is over', async () => {
    const { leftovers } = leftoversOf(() => running)
    leftovers.add('a', 300)

    expect(await leftovers.check(never)).toBe('busy')
    expect(await leftovers.check(never)).toBe('stuck')
  })

  it('keeps one for later while ComfyUI does not answer', async () => {
    const leftovers = createLeftovers(
      fakeHttp({ job: () => Promise.reject(new JobFailure('engine-away', 'away')) }),
      100,
    )
    leftovers.add('a', 60_000)

    expect(await leftovers.check(never)).toBe('busy')
  })
})
