/** How a worker's process ends, for whoever supervises the box. 1 is also a process that cannot start. */
export const exitCodes = {
  drained: 0,
  stopped: 0,
  revoked: 1,
  /** ComfyUI answers but no longer works: it has to be started again, and the worker with it. */
  stuck: 3,
  /** It was so twice within an hour: a new process does not help, another box does. */
  unfit: 4,
} as const

/** `engine`: ComfyUI is started again · `box`: whether the box goes on or is of no further use and goes down. */
export type AfterExit = { engine: 'restart' | 'keep'; box: 'again' | 'down' }

/** What follows a worker that ended by itself; null = a signal ended it. A rented box costs money until it is down. */
export function afterWorker(code: number | null): AfterExit {
  if (code === exitCodes.stuck) return { engine: 'restart', box: 'again' }
  const over: readonly (number | null)[] = [exitCodes.drained, exitCodes.revoked, exitCodes.unfit]
  return { engine: 'keep', box: over.includes(code) ? 'down' : 'again' }
}
