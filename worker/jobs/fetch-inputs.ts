import type { ClaimedJob } from '#shared/worker/schema.ts'
import type { InputRole } from '#shared/jobs/rules.ts'
import { JobFailure } from '#worker/core/job-failure.ts'
import { normaliseInput } from '#worker/images/normalise-input.ts'
import { prepareRepaint, type Repaint } from '#worker/images/repaint.ts'
import { download } from './download.ts'

export type FetchedInput = {
  role: InputRole
  weight: number
  order: number
  bytes: Uint8Array
  width: number
  height: number
}

/** A job's files as ComfyUI is to see them; `repaint` is what its mask makes of the work image, null without a mask. */
export type JobFiles = { inputs: FetchedInput[]; repaint: Repaint | null }

async function fetchInput(input: ClaimedJob['inputs'][number], signal: AbortSignal): Promise<FetchedInput> {
  const work = await normaliseInput(await download(input, signal))
  return { role: input.role, weight: input.weight, order: input.order, ...work }
}

async function makeRepaint(inputs: readonly FetchedInput[], mask: ClaimedJob['mask'], bytes: Uint8Array | null) {
  if (!mask || !bytes) return null
  const source = inputs.find((input) => input.role === 'source')
  if (!source) throw new JobFailure('graph-invalid', 'a mask without a work image')
  return prepareRepaint(source.bytes, { bytes, softness: mask })
}

/**
 * Every file of a job, checked against its SHA-256 and normalised for ComfyUI, inputs in the order of the request; the
 * mask softened for the work image. Throws `JobFailure` `INPUT_UNREADABLE`, to be retried unless the bytes themselves
 * are bad.
 */
export async function fetchInputs(job: ClaimedJob, signal: AbortSignal): Promise<JobFiles> {
  const [inputs, mask] = await Promise.all([
    Promise.all(job.inputs.map((input) => fetchInput(input, signal))),
    job.mask && download(job.mask, signal),
  ])
  inputs.sort((a, b) => a.order - b.order)
  return { inputs, repaint: await makeRepaint(inputs, job.mask, mask) }
}
