/** Names of the private channels. The same strings stand in `private.may_join` and `private.may_send`. */
export const topics = {
  user: (userId: string) => `user:${userId}`,
  job: (jobId: string, epoch: number) => `job:${jobId}:${epoch}`,
  workers: 'workers',
  ops: 'ops',
} as const

export const frameLimits = {
  /** Bytes of one encoded preview. */
  bytes: 24 * 1024,
  /** Long edge, pixels. */
  longEdge: 512,
  /** Milliseconds between two frames of one job (at most 4 a second). */
  minIntervalMs: 250,
  /** The same while more than `busyAbove` jobs run (at most 2 a second): every delivery counts against the plan. */
  busyIntervalMs: 500,
  busyAbove: 20,
  /** Frames a worker keeps for the timeline strip. */
  timeline: 12,
} as const
