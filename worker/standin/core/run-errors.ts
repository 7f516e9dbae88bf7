/** Ends a run from outside: /interrupt or a cancel. */
export class Interrupted extends Error {}

/** The process "died" under the run (a restart): nothing more may be said about it. */
export class Killed extends Error {}

/** What a node raised, under the name Python would give it. */
export class NodeFailure extends Error {
  readonly exceptionType: string

  constructor(exceptionType: string, message: string) {
    super(message)
    this.exceptionType = exceptionType
  }
}

/** Text of a CUDA out-of-memory error as ComfyUI reports it. */
export function outOfMemory(): NodeFailure {
  return new NodeFailure(
    'torch.OutOfMemoryError',
    'CUDA out of memory. Tried to allocate 20.00 GiB.\nThis error means you ran out of memory on your GPU.\n\nTIPS: If the workflow worked before you might have accidentally set the batch_size to a large number.',
  )
}
