import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ForgeError } from '#shared/errors.ts'
import { backoffMs } from './backoff.ts'
import { classifyExecutionError, classifyRejection, reactTo } from './decide.ts'
import { promptIdOf } from './prompt-id.ts'
import { reportDelay } from './report-rule.ts'

describe('promptIdOf', () => {
  const job = '0199d6a0-1111-7000-8000-00000000abcd'

  it('pitfall 11: is a canonical UUID that only job and epoch decide', () => {
    expect(promptIdOf({ job, epoch: 1 })).toMatch(
      /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    )
    expect(promptIdOf({ job, epoch: 1 })).toBe(promptIdOf({ job: job.toUpperCase(), epoch: 1 }))
    expect(promptIdOf({ job, epoch: 1 })).not.toBe(promptIdOf({ job, epoch: 2 }))
  })
})

describe('backoffMs', () => {
  it('stays between half of the doubled base and the cap', () => {
    fc.assert(
      fc.property(fc.nat(100), fc.double({ min: 0, max: 0.999, noNaN: true }), (attempt, random) => {
        const wait = backoffMs(attempt, { baseMs: 200, capMs: 10_000 }, random)
        const ceiling = Math.min(10_000, 200 * 2 ** attempt)

        expect(wait).toBeGreaterThanOrEqual(ceiling / 2)
        expect(wait).toBeLessThanOrEqual(ceiling)
      }),
    )
  })
})

describe('reportDelay', () => {
  const progress = { stage: 'sampling', step: 3, steps: 28, progress: 0.2 } as const
  const last = { progress, at: 1_000 }

  it('writes the first report and every change of stage at once', () => {
    expect(reportDelay(null, progress, 0)).toBe(0)
    expect(reportDelay(last, { ...progress, stage: 'decoding' }, 1_001)).toBe(0)
  })

  it('writes steps at most once a second', () => {
    expect(reportDelay(last, { ...progress, step: 4 }, 1_400)).toBe(600)
    expect(reportDelay(last, { ...progress, step: 4 }, 2_500)).toBe(0)
  })

  it('beats within ten seconds when nothing moves', () => {
    expect(reportDelay(last, progress, 1_000)).toBeLessThanOrEqual(10_000)
    expect(reportDelay(last, progress, 1_000 + 10_000)).toBe(0)
  })
})

describe('classifyExecutionError', () => {
  const oom = {
    node_type: 'KSampler',
    exception_type: 'torch.OutOfMemoryError',
    exception_message: 'CUDA out of memory.',
  }

  it('tells a full card from a broken one, although both are CUDA errors', () => {
    const assert = 'CUDA error: device-side assert triggered'
    const full = { ...oom, exception_type: 'RuntimeError', exception_message: 'CUDA error: out of memory' }

    expect(classifyExecutionError(oom).fault).toBe('memory-full')
    expect(classifyExecutionError(full).fault).toBe('memory-full')
    for (const message of [assert, 'CUDA error: an illegal memory access was encountered', 'driver shutting down']) {
      const broken = { ...oom, exception_type: 'torch.AcceleratorError', exception_message: message }
      expect(classifyExecutionError(broken).fault).toBe('engine-fatal')
    }
  })

  it('tells a full disk from any other error of a node', () => {
    const full = { node_type: 'PreviewImage', exception_type: 'OSError', exception_message: '[Errno 28] No space left' }

    expect(classifyExecutionError(full).fault).toBe('engine-full')
  })

  it('knows the older and the newer torch by the message too', () => {
    const other = {
      node_type: 'VAEDecode',
      exception_type: 'torch.AcceleratorError',
      exception_message: 'This error means you ran out of memory on your GPU.',
    }

    expect(classifyExecutionError(other).code).toBe('OUT_OF_MEMORY')
  })

  it('pitfall 24: tells a bad input, a missing file and anything else apart, and quotes no message of the engine', () => {
    const unread = classifyExecutionError({
      node_type: 'LoadImage',
      exception_type: 'UnidentifiedImageError',
      exception_message: '/opt/x',
    })
    const missing = classifyExecutionError({
      node_type: 'UNETLoader',
      exception_type: 'FileNotFoundError',
      exception_message: 'x',
    })
    const other = classifyExecutionError({
      node_type: 'KSampler',
      exception_type: 'RuntimeError',
      exception_message: 'secret prompt',
    })

    expect([unread.code, missing.code, other.code]).toEqual(['INPUT_UNREADABLE', 'MODEL_MISSING', 'ENGINE_ERROR'])
    expect([unread.rule.retry, missing.rule.retry, other.rule.retry]).toEqual(['never', 'elsewhere', 'anywhere'])
    expect(unread.message + other.message).not.toMatch(/opt\/x|secret/)
  })
})

describe('classifyRejection', () => {
  it('pitfall 23: calls an absent model or node class MODEL_MISSING and strikes the template here', () => {
    const absent = { node: 'unet', classType: 'UNETLoader', type: 'value_not_in_list', input: 'unet_name' }

    expect(classifyRejection('prompt_outputs_failed_validation', [absent])).toMatchObject({
      code: 'MODEL_MISSING',
      rule: { retry: 'elsewhere', burns: false, remedy: 'strike-template' },
    })
    expect(classifyRejection('missing_node_type', [])).toMatchObject({ fault: 'node-missing', code: 'MODEL_MISSING' })
  })

  it('an input that was uploaded and is gone, at the post or at its node, is uploaded again by the next attempt', () => {
    const gone = { node: 'base', classType: 'LoadImage', type: 'custom_validation_failed', input: 'image' }
    const vanished = { node_type: 'LoadImage', exception_type: 'FileNotFoundError', exception_message: 'No such file' }

    expect(classifyRejection('prompt_outputs_failed_validation', [gone])).toMatchObject({
      fault: 'input-lost',
      retry: true,
    })
    expect(classifyExecutionError(vanished)).toMatchObject({ fault: 'input-lost', retry: true })
  })

  it('calls any other refused field GRAPH_INVALID', () => {
    const steep = { node: 'sampler', classType: 'KSampler', type: 'value_bigger_than_max', input: 'steps' }

    expect(classifyRejection('prompt_outputs_failed_validation', [steep])).toMatchObject({
      code: 'GRAPH_INVALID',
      retry: false,
    })
  })
})

describe('reactTo', () => {
  it('keeps the work while the server is away and drops it only on a fencing refusal', () => {
    expect(reactTo(new TypeError('fetch failed'))).toBe('retry')
    expect(reactTo(new ForgeError('UNAVAILABLE'))).toBe('retry')
    expect(reactTo(new ForgeError('EPOCH_STALE'))).toBe('drop')
    expect(reactTo(new ForgeError('JOB_OVER'))).toBe('drop')
    expect(reactTo(new ForgeError('UNAUTHENTICATED'))).toBe('renew')
    expect(reactTo(new ForgeError('WORKER_REVOKED'))).toBe('stop')
    expect(reactTo(new ForgeError('OUTPUT_INVALID'))).toBe('fail')
  })
})
