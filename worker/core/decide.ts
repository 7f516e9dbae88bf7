import { ForgeError, type ErrorCode } from '#shared/errors.ts'
import type { ExecutionError } from './messages.ts'
import { JobFailure } from './job-failure.ts'

const outOfMemory = /OutOfMemoryError|out of memory/i
/** A file that a loader names but cannot open. */
const modelNode = /Loader/

/**
 * What a node's exception means. Memory: one more try is worth it when something else may have shared the card, because
 * everything is unloaded by then; alone on the card the same size fails again.
 */
export function classifyExecutionError(error: ExecutionError, context: { otherModelWarm: boolean }): JobFailure {
  const detail = `${error.node_type}: ${error.exception_type}`
  if (outOfMemory.test(error.exception_type) || outOfMemory.test(error.exception_message)) {
    return new JobFailure('OUT_OF_MEMORY', context.otherModelWarm, detail)
  }
  if (error.node_type.startsWith('LoadImage')) return new JobFailure('INPUT_UNREADABLE', false, detail)
  if (
    modelNode.test(error.node_type) &&
    /FileNotFound|No such file|safetensors/i.test(error.exception_type + error.exception_message)
  ) {
    return new JobFailure('MODEL_MISSING', false, detail)
  }
  return new JobFailure('ENGINE_ERROR', true, detail)
}

/** One refused input of a posted graph, as ComfyUI's `node_errors` lists them. */
export type NodeError = { node: string; classType: string; type: string; input: string }

/** What a refused graph means: a missing file or node class is the box's fault, the rest is the template's. */
export function classifyRejection(errorType: string, errors: readonly NodeError[]): JobFailure {
  const detail = [errorType, ...errors.map((error) => `${error.node}.${error.input} ${error.type}`)].join('; ')
  if (errorType === 'missing_node_type') return new JobFailure('MODEL_MISSING', false, detail)
  if (errors.some((error) => error.classType.startsWith('LoadImage'))) {
    return new JobFailure('INPUT_UNREADABLE', false, detail)
  }
  if (errors.some((error) => error.type === 'value_not_in_list' && modelNode.test(error.classType))) {
    return new JobFailure('MODEL_MISSING', false, detail)
  }
  return new JobFailure('GRAPH_INVALID', false, detail)
}

/** What the worker does about a refusal of the server or the database. */
export type Reaction = 'drop' | 'renew' | 'retry' | 'stop' | 'fail'

const reactions: Partial<Record<ErrorCode, Reaction>> = {
  EPOCH_STALE: 'drop',
  JOB_OVER: 'drop',
  JOB_NOT_FOUND: 'drop',
  JOB_FINISHED: 'drop',
  UNAUTHENTICATED: 'renew',
  WORKER_KEY_INVALID: 'stop',
  WORKER_REVOKED: 'stop',
  UNAVAILABLE: 'retry',
  INTERNAL: 'retry',
  RATE_LIMITED: 'retry',
}

/**
 * `drop`: the attempt is no longer ours · `renew`: take a new token · `retry`: they are away, keep what the GPU made ·
 * `stop`: this key may not work any more · `fail`: they looked at it and said no.
 */
export function reactTo(error: unknown): Reaction {
  if (!(error instanceof ForgeError)) return 'retry'
  return reactions[error.code] ?? 'fail'
}
