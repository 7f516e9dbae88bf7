import { z } from 'zod'

const attempt = z.object({ job: z.string(), epoch: z.number() })
const claimed = z.object({ id: z.string(), epoch: z.number() })
const pressed = z.object({ jobs: z.array(z.object({ id: z.string() })) })
const canceled = z.object({ id: z.string() })

/** What a log line says about a call: the job's id is the same in the browser, here and in the worker. */
export type JobFacts = { job: string; epoch?: number }

/**
 * The jobs that a mutation was about, from what it was sent (`input`) or, where the server chose the job, from what it
 * answered (`data`; undefined after a refusal). Nothing for calls about no job.
 */
export function jobFacts(path: string, input: unknown, data: unknown): JobFacts[] {
  if (path === 'forge.create') return pressed.safeParse(data).data?.jobs.map(({ id }) => ({ job: id })) ?? []
  if (path === 'forge.cancel') return one(canceled.safeParse(input).data, ({ id }) => ({ job: id }))
  if (path === 'worker.claim') return one(claimed.safeParse(data).data, ({ id, epoch }) => ({ job: id, epoch }))
  if (path.startsWith('worker.')) return one(attempt.safeParse(input).data, (facts) => facts)
  return []
}

function one<T>(found: T | undefined, facts: (found: T) => JobFacts): JobFacts[] {
  return found === undefined ? [] : [facts(found)]
}
