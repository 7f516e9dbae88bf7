import { ForgeError, type ErrorCode } from '#shared/errors.ts'
import type { ExecutionError } from './messages.ts'
import { JobFailure } from './job-failure.ts'

const outOfMemory = /OutOfMemoryError|out of memory/i
/** A file that a loader names but cannot open. */
const modelNode = /Loader/

/** The card's own context is broken: nothing works in this ComfyUI until it is a new process. */
const cardBroken =
  /CUDA error|device-side assert|illegal memory access|driver shutting down|unspecified launch failure|uncorrectable ECC|CUBLAS_STATUS|CUDNN_STATUS|HIP error|no CUDA-capable device|GPU is lost/i
const diskFull = /No space left on device|Errno 28\b|ENOSPC|Disk quota exceeded/i
const fileMissing = /FileNotFound|No such file|safetensors/i

/** What a node's exception means. Memory comes first: torch says "CUDA error: out of memory" too. */
export function classifyExecutionError(error: ExecutionError): JobFailure {
  const detail = `${error.node_type}: ${error.exception_type}`
  const text = `${error.exception_type} ${error.exception_message}`
  if (outOfMemory.test(text)) return new JobFailure('memory-full', detail)
  if (cardBroken.test(text)) return new JobFailure('engine-fatal', detail)
  if (diskFull.test(text)) return new JobFailure('engine-full', detail)
  if (error.node_type.startsWith('LoadImage')) {
    return new JobFailure(fileMissing.test(text) ? 'input-lost' : 'input-bad', detail)
  }
  if (modelNode.test(error.node_type) && fileMissing.test(text)) return new JobFailure('model-missing', detail)
  return new JobFailure('engine-error', detail)
}

/** One refused input of a posted graph, as ComfyUI's `node_errors` lists them. */
export type NodeError = { node: string; classType: string; type: string; input: string }

/** What a refused graph means: a missing file or node class is the box's fault, the rest is the template's. */
export function classifyRejection(errorType: string, errors: readonly NodeError[]): JobFailure {
  const detail = [errorType, ...errors.map((error) => `${error.node}.${error.input} ${error.type}`)].join('; ')
  if (errorType === 'missing_node_type') return new JobFailure('node-missing', detail)
  // Only that the file is not in its folder: a ComfyUI that was replaced after the upload. The next attempt uploads it.
  if (errors.some((error) => error.classType.startsWith('LoadImage'))) {
    return new JobFailure('input-lost', detail)
  }
  if (errors.some((error) => error.type === 'value_not_in_list' && modelNode.test(error.classType))) {
    return new JobFailure('model-missing', detail)
  }
  return new JobFailure('graph-invalid', detail)
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
