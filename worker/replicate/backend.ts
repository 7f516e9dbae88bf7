import type { Backend, Readiness } from '#worker/jobs/backend.ts'
import { openReplicateAttempt } from './attempt.ts'
import type { ReplicateParts } from './parts.ts'

/** A provider far away instead of a ComfyUI beside: `parallel` predictions at once, and one image on its way in. */
export function createReplicateBackend(parts: ReplicateParts, parallel: number): Backend {
  const { door } = parts
  return {
    name: 'replicate',
    depth: parallel,
    parallel: true,
    readiness: (): Promise<Readiness> => Promise.resolve(Date.now() < door.closedUntil ? 'away' : 'ready'),
    warm: () => [],
    open: (job) => openReplicateAttempt(parts, job),
    settled: () => Promise.resolve(),
  }
}
