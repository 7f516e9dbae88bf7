import type { FailureCode } from '#shared/jobs/rules.ts'

/**
 * Where the job goes next: `here` = again in the same attempt, unseen by the server · `anywhere` = another attempt, also
 * on this box · `elsewhere` = this box cannot, another may · `never` = the same would happen everywhere.
 */
export type Retry = 'here' | 'anywhere' | 'elsewhere' | 'never'

/** What comes before anything else is claimed or tried. */
export type Remedy =
  | 'none'
  /** ComfyUI unloads its models and empties its caches. */
  | 'free-memory'
  /** The same picture at half the area. */
  | 'smaller-plan'
  /** The template is taken off this box's list and the server told at once. */
  | 'strike-template'
  /** Nothing is claimed any more; the process ends with 3, the second time within an hour with 4. */
  | 'restart-engine'
  /** Nothing is claimed until there is room on the disk. */
  | 'wait-for-space'

export type FailureRule = {
  code: FailureCode
  retry: Retry
  /** False = handed back: it was the box, not the job, and the job keeps its attempts. */
  burns: boolean
  remedy: Remedy
}

/** Everything that can go wrong with an attempt, and what is done about each. README.md has it in words. */
export const failureTable = {
  'memory-full': { code: 'OUT_OF_MEMORY', retry: 'here', burns: false, remedy: 'free-memory' },
  'memory-small': { code: 'OUT_OF_MEMORY', retry: 'here', burns: false, remedy: 'smaller-plan' },
  'memory-never': { code: 'OUT_OF_MEMORY', retry: 'never', burns: true, remedy: 'free-memory' },

  'engine-fatal': { code: 'ENGINE_ERROR', retry: 'anywhere', burns: true, remedy: 'restart-engine' },
  'engine-error': { code: 'ENGINE_ERROR', retry: 'anywhere', burns: true, remedy: 'none' },
  'engine-interrupted': { code: 'ENGINE_ERROR', retry: 'anywhere', burns: true, remedy: 'none' },
  // A job that makes ComfyUI die would otherwise go round for ever.
  'engine-away': { code: 'ENGINE_UNREACHABLE', retry: 'anywhere', burns: true, remedy: 'none' },
  'engine-lost': { code: 'ENGINE_UNREACHABLE', retry: 'anywhere', burns: true, remedy: 'none' },
  'engine-full': { code: 'ENGINE_ERROR', retry: 'elsewhere', burns: false, remedy: 'wait-for-space' },
  'stage-hung': { code: 'STAGE_TIMEOUT', retry: 'anywhere', burns: true, remedy: 'none' },
  'engine-dead': { code: 'STAGE_TIMEOUT', retry: 'anywhere', burns: true, remedy: 'restart-engine' },

  'model-missing': { code: 'MODEL_MISSING', retry: 'elsewhere', burns: false, remedy: 'strike-template' },
  'node-missing': { code: 'MODEL_MISSING', retry: 'elsewhere', burns: false, remedy: 'strike-template' },
  'template-unknown': { code: 'MODEL_MISSING', retry: 'anywhere', burns: true, remedy: 'none' },
  // In the middle of a deployment another box may already carry it.
  'template-version': { code: 'GRAPH_INVALID', retry: 'anywhere', burns: true, remedy: 'none' },
  'graph-invalid': { code: 'GRAPH_INVALID', retry: 'never', burns: true, remedy: 'none' },

  'input-lost': { code: 'INPUT_UNREADABLE', retry: 'anywhere', burns: true, remedy: 'none' },
  // The server looks for itself before it believes that.
  'input-gone': { code: 'INPUT_GONE', retry: 'never', burns: true, remedy: 'none' },
  // Storage, the way to it, or an address that has expired: nobody's job. Another box is asked first.
  'input-away': { code: 'INPUT_UNREADABLE', retry: 'elsewhere', burns: false, remedy: 'none' },
  'input-refused': { code: 'INPUT_UNREADABLE', retry: 'elsewhere', burns: false, remedy: 'none' },
  'input-bad': { code: 'INPUT_UNREADABLE', retry: 'never', burns: true, remedy: 'none' },

  'output-none': { code: 'OUTPUT_EMPTY', retry: 'never', burns: true, remedy: 'none' },
  'output-flat': { code: 'OUTPUT_EMPTY', retry: 'never', burns: true, remedy: 'none' },
  'output-corrupt': { code: 'OUTPUT_CORRUPT', retry: 'anywhere', burns: true, remedy: 'none' },
  'output-size': { code: 'GRAPH_INVALID', retry: 'never', burns: true, remedy: 'none' },
  'output-refused': { code: 'OUTPUT_CORRUPT', retry: 'anywhere', burns: true, remedy: 'none' },
  'upload-refused': { code: 'UPLOAD_FAILED', retry: 'anywhere', burns: true, remedy: 'none' },

  // The token, the account or a limit: nobody's job.
  'provider-closed': { code: 'ENGINE_UNREACHABLE', retry: 'anywhere', burns: false, remedy: 'none' },
  // A box may still make what a provider's filter or form refuses; where there are only providers it ends here.
  'provider-refused': { code: 'PROVIDER_REFUSED', retry: 'elsewhere', burns: false, remedy: 'none' },
  'provider-refused-for-good': { code: 'PROVIDER_REFUSED', retry: 'never', burns: true, remedy: 'none' },
  'provider-blank': { code: 'OUTPUT_EMPTY', retry: 'anywhere', burns: true, remedy: 'none' },
  'provider-expired': { code: 'OUTPUT_EMPTY', retry: 'anywhere', burns: true, remedy: 'none' },

  'box-full': { code: 'INTERNAL', retry: 'elsewhere', burns: false, remedy: 'wait-for-space' },
  defect: { code: 'INTERNAL', retry: 'anywhere', burns: true, remedy: 'none' },
} as const satisfies Record<string, FailureRule>

export type Fault = keyof typeof failureTable
