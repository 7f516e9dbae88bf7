import type { FailureCode } from '#shared/jobs/rules.ts'
import { failureTable, type FailureRule, type Fault } from './failure-table.ts'

/**
 * Why an attempt cannot give an image; `failureTable` says what is done about it. `message` is for the operator's log
 * and never holds a prompt, a traceback or a signed URL.
 */
export class JobFailure extends Error {
  readonly fault: Fault

  constructor(fault: Fault, detail: string, options?: ErrorOptions) {
    super(detail.slice(0, 2_000), options)
    this.name = 'JobFailure'
    this.fault = fault
  }

  get rule(): FailureRule {
    return failureTable[this.fault]
  }

  get code(): FailureCode {
    return this.rule.code
  }

  /** Whether another attempt may succeed. */
  get retry(): boolean {
    return this.rule.retry !== 'never'
  }
}
