import type { FailureCode } from '#shared/jobs/rules.ts'

/**
 * Why an attempt cannot give an image. `retry` says whether another attempt may; `message` is for the operator's log
 * and never holds a prompt, a traceback or a signed URL.
 */
export class JobFailure extends Error {
  readonly code: FailureCode
  readonly retry: boolean

  constructor(code: FailureCode, retry: boolean, detail: string, options?: ErrorOptions) {
    super(detail.slice(0, 2_000), options)
    this.name = 'JobFailure'
    this.code = code
    this.retry = retry
  }
}
