import { v5 } from 'uuid'

/** Fixed and arbitrary: changing it would make a restarted worker look for prompts under other names. */
const namespace = '4f6a1d1c-6a1e-5b53-9f0a-0d6a5a1c7e21'

/**
 * ComfyUI's prompt id of one try of one attempt: a canonical lowercase UUID, known before the POST and the same after a
 * restart of the worker. ComfyUI does not de-duplicate ids, so a new epoch or a new try gives a new one.
 */
export function promptIdOf(attempt: { job: string; epoch: number }, tryIndex = 0): string {
  const suffix = tryIndex === 0 ? '' : `:${tryIndex}`
  return v5(`${attempt.job.toLowerCase()}:${attempt.epoch}${suffix}`, namespace)
}
