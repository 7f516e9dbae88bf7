/** A job is claimed ahead only if it would start within this, milliseconds: sooner than another box could be found. */
export const aheadMs = 10_000
/** A job that waits ahead for longer than this, behind one whose end is not in sight, goes back to the queue. */
export const aheadLimitMs = 30_000

/** One job that still needs the GPU. */
export type GpuJob = {
  /** False until the backend has begun with it. */
  begun: boolean
  remainingMs: number
  /** Since it came into this process. */
  heldMs: number
}

/** What this box holds: `gpu` in the order of their claims; the rest of `inHand` is being handed in. */
export type InHand = { inHand: number; gpu: readonly GpuJob[] }

/** `now`: the GPU has nothing to do · `ahead`: it soon will have nothing · `none`: hands are full. */
export type ClaimKind = 'now' | 'ahead' | 'none'

/** What a backend takes at once, and whether side by side or one behind the other. */
export type Places = { depth: number; parallel: boolean }

/** Which claim is due. One more job than there are places may be on its way out, so memory is bounded. */
export function claimKind({ inHand, gpu }: InHand, { depth, parallel }: Places): ClaimKind {
  if (inHand > depth) return 'none'
  if (parallel) return gpu.length < depth ? 'now' : 'none'
  if (gpu.length === 0) return 'now'
  const isNearEnd = gpu.every((job) => job.begun && job.remainingMs <= aheadMs)
  return gpu.length < depth && isNearEnd ? 'ahead' : 'none'
}

/** Index of the job that the GPU works on; -1 when there is none. All others of `gpu` wait ahead. */
export function runningIndex(gpu: readonly GpuJob[]): number {
  const begun = gpu.findIndex((job) => job.begun)
  return begun === -1 ? Math.min(0, gpu.length - 1) : begun
}

/** Indexes of the jobs that wait ahead in vain: nobody can say any more when their turn comes. */
export function overdueAhead(gpu: readonly GpuJob[]): number[] {
  const running = runningIndex(gpu)
  const isInSight = (gpu[running]?.remainingMs ?? 0) <= aheadMs
  return gpu.flatMap((job, at) => (at !== running && !isInSight && job.heldMs > aheadLimitMs ? [at] : []))
}
